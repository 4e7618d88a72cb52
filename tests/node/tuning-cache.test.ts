import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { linear } from '../../src/tensor/ops/matmul.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { exportTuning, importTuning, tune } from '../../src/tensor/tuner/tune.ts';
import { LIBRARY_VERSION } from '../../src/tensor/tuner/version.ts';
import { testDevice } from '../support/device.ts';

const folder = await mkdtemp(join(tmpdir(), 'feathergrad-tuning-'));
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => importTuning(await testDevice(), null));

async function tuneProduct(rows: number, cache: string) {
  const device = await testDevice();
  const work = () => linear(empty(device, [rows, 8], 'f32', 'x'), empty(device, [8, 12], 'f32', 'w'));
  return tune(device, work, { cache, budgetMs: 60_000 });
}

test('a second process finds the measurements of the first', async () => {
  const place = join(folder, 'a');
  expect((await tuneProduct(6, place)).measured).toHaveLength(1);
  importTuning(await testDevice(), null);
  expect(await tuneProduct(6, place)).toMatchObject({ measured: [], known: 1, cacheProblem: null });
  importTuning(await testDevice(), null);
  // entries that this process does not use stay in the file
  const { table } = await tuneProduct(7, place);
  expect(Object.keys(table.choices).sort()).toEqual(['matmul 6x8x12', 'matmul 7x8x12']);
  const [file, ...others] = await readdir(place);
  expect(others).toEqual([]);
  expect(JSON.parse(await readFile(join(place, file as string), 'utf8'))).toEqual(table);
});

test.each(['', '{', '{"format":"feathergrad tuning 0"}'])('a damaged file is replaced: %s', async (text) => {
  const place = join(folder, 'b');
  await tuneProduct(6, place);
  const path = join(place, (await readdir(place))[0] as string);
  await writeFile(path, text);
  importTuning(await testDevice(), null);
  const { measured, cacheProblem } = await tuneProduct(6, place);
  expect(measured).toHaveLength(1);
  expect(cacheProblem).toBeNull();
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(exportTuning(await testDevice()));
});

test('a folder that cannot be used is reported, and the table is used', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const { measured, cacheProblem } = await tuneProduct(6, join(file, 'below'));
  expect(measured).toHaveLength(1);
  expect(cacheProblem).toMatch(/ENOTDIR|EEXIST|ENOENT/);
  expect(exportTuning(await testDevice())).not.toBeNull();
});

test('the version of tables is that of the package', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(LIBRARY_VERSION).toBe(manifest.version);
});
