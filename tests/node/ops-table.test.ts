// Additions must be complete: each op is exported, described and checked; each kernel is in the table and has a head.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as feathergrad from '../../src/index.ts';
import * as kernels from '../../src/kernels/index.ts';
import { SOFTWARE_TEXTS } from '../../src/kernels/software.ts';
import { VARIANT_TEXTS } from '../../src/kernels/variants.ts';
import { OPS } from '../../src/tensor/ops/table.ts';
import { unaryFunctions } from '../reference/ops/unary.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const texts = async (folder: string, ending: string): Promise<Map<string, string>> => {
  const names = (await readdir(root + folder)).filter((name) => name.endsWith(ending));
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(`${root}${folder}/${name}`, 'utf8')] as const),
    ),
  );
};
const checkFiles = [...(await texts('tests/ops', '.test.ts')).values()];
/** Names that the checks import from the files of ops, or use from a file that is imported as a whole. */
const imported = new Set(checkFiles.flatMap(namesUsed));
const sources = await texts('src/tensor/ops', '.ts');
const wgsl = await texts('src/kernels/wgsl', '.wgsl');

describe.each(OPS.map((op) => [op.name, op] as const))('op %s', (name, op) => {
  test('is exported, described, and has a cost', () => {
    expect(typeof (feathergrad as Record<string, unknown>)[name]).toBe('function');
    expect(op.doc.length).toBeGreaterThan(10);
    expect(
      op.cost(
        [
          [2, 4, 4, 8],
          [1, 1, 8, 8],
        ],
        [2, 4, 4, 8],
      ).bytes,
    ).toBeGreaterThanOrEqual(name === 'reshape' ? 0 : 1); // reshape moves nothing
  });

  test('is checked against a reference', () => {
    // the word by itself occurs in many tests: `max` in Math.max
    expect(imported.has(name)).toBe(true);
  });
});

test('each op that a file declares is in the table, once', () => {
  const announced = [...sources].flatMap(([file, text]) =>
    /export const \w+Infos?\b/.test(text) && file !== 'op-info.ts' ? [file] : [],
  );
  const table = sources.get('table.ts') ?? '';
  for (const file of announced) expect(table, file).toContain(`'./${file}'`);
  expect(new Set(OPS.map(({ name }) => name)).size).toBe(OPS.length);
});

test('each .wgsl file is in a table of kernels under its own name', () => {
  const names = [
    ...Object.values(kernels).map(({ name }) => name),
    ...Object.keys({ ...VARIANT_TEXTS, ...SOFTWARE_TEXTS }),
  ].map((name) => `${name}.wgsl`);
  expect(names.sort()).toEqual([...wgsl.keys()].sort());
});

test.each([...wgsl])('%s begins with what it computes, its layouts and its bytes', (_, text) => {
  const head = /^(?:\/\/[^\n]*\n)+/.exec(text)?.[0] ?? '';
  expect(head.split('\n').length).toBeGreaterThan(4);
  expect(head).toMatch(/bytes/i);
  expect(head).toMatch(/thread|lane|workgroup/i);
});

function namesUsed(text: string): string[] {
  const from = "from '\\.\\./\\.\\./src/tensor/ops/[\\w-]+\\.ts'";
  const single = [...text.matchAll(new RegExp(`import \\{([^}]*)\\} ${from}`, 'g'))].flatMap(
    ([, names = '']) => names.split(',').map((name) => name.trim()),
  );
  const whole = [...text.matchAll(new RegExp(`import \\* as (\\w+) ${from}`, 'g'))].flatMap(([, file]) =>
    [...text.matchAll(new RegExp(`\\b${file}\\.(\\w+)`, 'g'))].map(([, name = '']) => name),
  );
  // a file that is indexed by name iterates over a list in the test or over the reference's table
  const quoted = /\bops\[name\]/.test(text)
    ? [...text.matchAll(/'(\w+)'/g)].map(([, name = '']) => name)
    : [];
  const tabled = text.includes('Object.keys(unaryFunctions)') ? Object.keys(unaryFunctions) : [];
  return [...single, ...whole, ...quoted, ...tabled];
}
