// Fails for a public name without a docstring, and for a generated page that is out of date.
import { beforeAll, expect, test } from 'vitest';
import { readHead } from '../../scripts/docs/kernels-page.mjs';
import { type Entry, readPublicSurface } from '../../scripts/docs/public-surface.mjs';
import { generatedPages, stalePages } from '../../scripts/write-docs.mjs';

let surface: Map<string, Entry[]>;
beforeAll(() => {
  surface = readPublicSurface();
});

/** Public names without an explanation. */
function unexplained(entries: readonly Entry[]): string[] {
  const names = entries.filter(({ isExported }) => isExported);
  return names.flatMap(({ name, file, kind, doc, members }) => {
    const silent = members
      .filter((member) => member.kind === 'method' || member.kind === 'accessor')
      .filter((member) => !member.name.startsWith('[')) // [Symbol.dispose] is the language's
      .filter((member) => !member.doc?.text && member.inheritedFrom === null);
    return [
      ...(doc?.text ? [] : [`${kind} ${name} (${file})`]),
      ...new Set(silent.map((member) => `${name}.${member.name}() (${file})`)),
    ];
  });
}

test.each([
  'feathergrad',
  'feathergrad/node',
  'feathergrad/data',
  'feathergrad/faces',
  'feathergrad/formats',
  'feathergrad/models',
])('each name of %s and each method of its classes has a docstring', (subpath) => {
  const entries = surface.get(subpath) ?? [];
  expect(entries.length).toBeGreaterThan(10);
  expect(unexplained(entries)).toEqual([]);
});

test('a name without a docstring would be detected', () => {
  const [entry] = surface.get('feathergrad') ?? [];
  expect(unexplained([{ ...entry, doc: null } as Entry])).toHaveLength(1);
});

test('docs/api, docs/kernels.md and docs/commands.md are up to date', async () => {
  const pages = await generatedPages(surface);
  expect(pages.size).toBe(9);
  expect(await stalePages(pages), 'out of date: npm run docs').toEqual([]);
  expect(await stalePages(new Map([['docs/kernels.md', 'something else']]))).toEqual(['docs/kernels.md']);
});

test('an incomplete kernel head is rejected with a list of the missing rows', () => {
  expect(() => readHead('half', '// half: y = x / 2.\n//\n// Bytes     8.\nstruct Params {}\n')).toThrow(
    /half\.wgsl: its head has no .*"Layouts".*"A thread".*"Reference".*formula/,
  );
});

test('the reference of a kernel must be an existing file of the tests', () => {
  const head = (reference: string) =>
    `// half: halves.\n//\n//   y = x / 2\n//\n// Layouts   x, y.\n// A thread  One.\n// Bytes     8.\n// Reference ${reference}\n`;
  expect(readHead('half', head('tests/reference/ops/unary.ts')).rows.get('Reference')).toContain('unary.ts');
  for (const wrong of ['tests/reference/ops/gone.ts', 'tests/reference', 'src/index.ts', 'none']) {
    expect(() => readHead('half', head(wrong)), wrong).toThrow(/half\.wgsl: Reference: got ".+", expected/);
  }
});
