import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTrainingData } from '../../src/cli/train/data.ts';
import type { TrainOptions } from '../../src/cli/train/options.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';

let root = '';
const at = (...names: string[]) => join(root, ...names);

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), content);
}

// neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF
const VOTES = ['0,10,0,0,0,0,0,0,0,0', '1,0,0,9,0,0,0,0,0,0', '5,5,0,0,0,0,0,0,0,0'];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'feathergrad-training-data-'));
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#777' } })
    .png()
    .toBuffer();
  for (const part of ['Train', 'Valid', 'Test']) {
    const rows = Array.from({ length: 9 }, (_, i) => `${i}.png,"(0, 0, 8, 8)",${VOTES[i % 3]}\n`);
    await put(`fer/FER2013${part}/label.csv`, rows.join(''));
    for (const i of rows.keys()) await put(`fer/FER2013${part}/${i}.png`, picture);
  }
  const list = Array.from({ length: 14 }, (_, i) =>
    [`train_${i}`, `test_${i}`].map((name) => `${name}.jpg ${1 + (i % 7)}\n`),
  );
  await put('raf/EmoLabel/list_patition_label.txt', list.flat().join(''));
  const jpeg = await sharp(picture).jpeg().toBuffer();
  for (const i of list.keys()) {
    for (const part of ['train', 'test']) await put(`raf/Image/aligned/${part}_${i}_aligned.jpg`, jpeg);
  }
  for (const part of ['train', 'test']) {
    for (const name of ['a', 'b']) await put(`folders/${part}/${name}/1.png`, picture);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

const how = { signal: new AbortController().signal, onProgress: () => {} };

function load(data: string, typed: TrainOptions['typed'] = {}, options: Partial<TrainOptions> = {}) {
  return loadTrainingData({ ...options, typed, data: at(data) }, how);
}

test('FER+: its training and validation parts, never its test part', async () => {
  const { train, valid, description, skipped } = await load('fer');
  expect([train.length, valid!.length, skipped]).toEqual([6, 6, []]);
  expect(train).toBeInstanceOf(PictureSource);
  expect(description.images).toMatch(/FER2013Train .*: 6 images, label by majority of the votes; 3 others/);
  expect(description.validation).toMatch(/FER2013Valid .*: 6 images/);
  const all = await load('fer', { labels: 'argmax' });
  expect([all.train.length, all.valid!.length]).toEqual([9, 9]);
});

test('soft targets in training are scored by majority; a recipe may request them if there are votes', async () => {
  for (const [typed, options] of [
    [{ labels: 'distribution' }, {}],
    [{}, { recipe: 'feathergrad' }],
  ] as const) {
    const { train, valid } = await load('fer', typed, options);
    expect([train.length, valid!.length]).toEqual([9, 6]);
    expect([train.hasTargets, valid!.hasTargets]).toEqual([true, false]);
  }
  expect((await load('folders', {}, { recipe: 'feathergrad' })).train.length).toBe(2);
  await expect(load('folders', { labels: 'argmax' })).rejects.toThrow(/class folders\) has labels\. Omit it/);
});

test('streamed on request', async () => {
  const { train, valid } = await load('fer', {}, { stream: true });
  expect(train).toBeInstanceOf(PictureStream);
  expect(valid).toBeInstanceOf(PictureStream);
  expect(await (train as PictureStream).picture(5)).toMatchObject({ width: 8, height: 8, channels: 1 });
});

test('RAF-DB has no validation part, so it is split from the training part', async () => {
  const { train, valid, description, layout } = await load('raf', { validationSplit: 0.5 });
  expect(layout).toBe('RAF-DB');
  expect([train.length, valid!.length]).toEqual([7, 7]);
  const names = [...(train as PictureSource).pictures, ...(valid as PictureSource).pictures].map(
    ({ name }) => name,
  );
  expect(names.every((name) => name.includes('train_'))).toBe(true);
  expect(description.validation).toBe('a random 7 of them, chosen by the seed');
});

test('class folders: a part called test is used for validation; --validation-split with a validation part is rejected', async () => {
  const { valid, description } = await load('folders');
  expect(valid!.length).toBe(2);
  expect(description.validation).toMatch(/test in the folder .*folders: 2 images of 2 classes/);
  await expect(load('fer', { validationSplit: 0.2 })).rejects.toThrow(
    /has its own validation part, FER2013Valid in the folder/,
  );
});

test('a single part is split in two, or not', async () => {
  const { train, valid } = await load('fer/FER2013Train', { validationSplit: 0.34 });
  expect([train.length, valid!.length]).toEqual([4, 2]);
  const whole = await load('fer/FER2013Train', { validationSplit: 0 });
  expect([whole.train.length, whole.valid]).toEqual([6, null]);
});
