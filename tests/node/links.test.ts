// Links in the documents lead to existing files and headings, and every page can be reached from the index.
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/guides.ts';

const inDocs = await readdir(join(ROOT, 'docs'), { recursive: true });
const atRoot = await readdir(ROOT);
const pages = [
  ...atRoot,
  ...inDocs.map((file) => `docs/${file.replaceAll('\\', '/')}`),
  'bench/README.md',
  'examples/README.md',
].filter((file) => file.endsWith('.md'));

const withoutCode = (text: string) => text.replace(/^(```|~~~)[\s\S]*?^\1$/gm, '');

/** Targets of [text](target), ![picture](target), [name]: target and <img src="target">. */
function targetsIn(text: string): string[] {
  const plain = withoutCode(text).replace(/`[^`\n]*`/g, '`code`');
  const patterns = [
    /\]\(\s*<?([^()\s>]+(?:\([^()\s]*\)[^()\s>]*)?)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\[[^\]]+\]:\s*(\S+)/gm,
    /\b(?:src|href)="([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) => [...plain.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** The anchors that GitHub creates for headings. */
function anchorsIn(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Returns the problem of a link on a page; null for a valid link and for one that leads outside of the project. */
async function problemOf(page: string, target: string): Promise<string | null> {
  if (/^[a-z][\w+.-]*:/i.test(target)) return null;
  const [path = '', anchor] = decodeURIComponent(target).split('#');
  const file = path ? normalize(join(dirname(page), path)) : page;
  const found = await stat(join(ROOT, file)).catch(() => null);
  if (!found) return `${target}: no such file`;
  if (anchor === undefined) return null;
  if (!file.endsWith('.md')) return `${target}: an anchor into what is no document`;
  return anchorsIn(await readFile(join(ROOT, file), 'utf8')).has(anchor)
    ? null
    : `${target}: no such heading`;
}

describe.each(pages.map((page) => [page]))('%s', (page) => {
  test('leads to its target', async () => {
    const targets = targetsIn(await readFile(join(ROOT, page), 'utf8'));
    const problems = await Promise.all(targets.map((target) => problemOf(page, target)));
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  });
});

test('docs/README.md leads to every page and guide', async () => {
  const listed = new Set(
    targetsIn(await readFile(join(ROOT, 'docs/README.md'), 'utf8')).map((target) =>
      relative('.', join('docs', target)).replaceAll('\\', '/'),
    ),
  );
  const missing = pages.filter(
    (page) => page.startsWith('docs/') && page !== 'docs/README.md' && !listed.has(page),
  );
  expect(missing).toEqual([]);
});

/** Placeholders, and the files of the worked example. */
const EXAMPLES = /(^|\/)(name|softsign)\./;

/** Paths in a text: relative to the root or to src, and kernels without a folder. */
function pathsIn(text: string): string[] {
  const quoted = [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
  const paths = quoted.filter((one) => /^[\w.-]+(\/[\w.-]*)+$|^[\w-]+\.(ts|wgsl|mjs|py|md)$/.test(one));
  return paths.filter((path) => !EXAMPLES.test(path) && !path.startsWith('feathergrad/'));
}

describe('docs/architecture.md', async () => {
  const text = await readFile(join(ROOT, 'docs/architecture.md'), 'utf8');
  /** the list of folders with what each contains */
  const floors = /^```\n(src\/cli[\s\S]*?)^```$/m.exec(text)?.[1] ?? '';

  test('names files and folders that exist', async () => {
    const listed = [...floors.matchAll(/^(\S.*?) {3,}/gm)].flatMap(([, names = '']) => names.split(/ +/));
    const missing: string[] = [];
    for (const path of [...listed, ...pathsIn(text)]) {
      const places = ['', 'src', 'src/kernels/wgsl'].map((folder) => stat(join(ROOT, folder, path)));
      if (!(await Promise.any(places).catch(() => null))) missing.push(path);
    }
    expect(listed.length).toBeGreaterThan(12);
    expect(missing).toEqual([]);
  });

  test('names every folder of src and of src/tensor', async () => {
    const foldersIn = async (path: string) =>
      (await readdir(join(ROOT, path), { withFileTypes: true })).filter((one) => one.isDirectory());
    for (const { name } of await foldersIn('src')) expect(floors).toContain(`src/${name}/`);
    for (const { name } of await foldersIn('src/tensor'))
      expect(floors).toMatch(new RegExp(`\\b${name}/\\s`));
  });
});

test('paths in a text are found', () => {
  expect(pathsIn('`gpu/a.ts`, `a.wgsl`, `x / y`, `src/tensor/ops/name.ts`, `feathergrad/node`')).toEqual([
    'gpu/a.ts',
    'a.wgsl',
  ]);
});

test('a wrong file, a wrong heading and a valid link are distinguished', async () => {
  expect(targetsIn('[a](x.md#y "t") ![b](p_(1).png) `[c](no.md)`\n[d]: z.md')).toEqual([
    'x.md#y',
    'p_(1).png',
    'z.md',
  ]);
  expect(anchorsIn("# What's `here`: a/b\n## Test\n## Test")).toEqual(
    new Set(['whats-here-ab', 'test', 'test-1']),
  );
  expect(await problemOf('docs/web.md', 'nowhere.md')).toContain('no such file');
  expect(await problemOf('docs/web.md', 'architecture.md#nowhere')).toContain('no such heading');
  expect(await problemOf('docs/web.md', 'architecture.md#architecture-decisions')).toBeNull();
});
