import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { ts } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/run.mjs';

/** Folders of src from the lowest floor up, as in docs/architecture.md. A folder may import from its own floor. */
const FLOORS = [
  ['gpu', 'text'],
  ['kernels'],
  ['tensor'],
  ['layers', 'loss', 'optim', 'data'],
  ['models', 'formats'],
  ['train', 'faces'],
  ['node'],
  ['cli'],
];

interface Import {
  from: string;
  to: string;
  isTypeOnly: boolean;
}

const files = ['src', 'web/src', 'bench', 'tests'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => [folder, ...file.split(sep)].join('/'))
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('/node_modules/')),
);
const known = new Set(files);
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));

/** Static imports of project files; `import()` loads when it is called, so it does not cause a cycle. */
function importsOf(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement): Import[] => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.startsWith('.'))
      return [];
    const path = relative(root, join(root, dirname(file), moduleSpecifier.text))
      .split(sep)
      .join('/');
    const to = [path, path.replace(/\.js$/, '.ts')].find((each) => known.has(each));
    return to ? [{ from: file, to, isTypeOnly: isTypeOnly(statement) }] : [];
  });
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) {
    const { isTypeOnly, exportClause } = statement;
    if (isTypeOnly) return true;
    return (
      !!exportClause && ts.isNamedExports(exportClause) && exportClause.elements.every((e) => e.isTypeOnly)
    );
  }
  const clause = statement.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const { namedBindings, name } = clause;
  return (
    !name &&
    !!namedBindings &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  );
}

/** Groups of files that reach one another (Tarjan, SIAM J. Comput. 1972), each of two files or more. */
function circles(edges: readonly Import[]): string[][] {
  const next = new Map<string, Import[]>();
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string) => {
    index.set(file, index.size);
    low.set(file, index.get(file) as number);
    stack.push(file);
    for (const { to } of next.get(file) ?? []) {
      if (!index.has(to)) {
        visit(to);
        low.set(file, Math.min(low.get(file) as number, low.get(to) as number));
      } else if (stack.includes(to)) {
        low.set(file, Math.min(low.get(file) as number, index.get(to) as number));
      }
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group.sort());
  };
  for (const { from } of edges) if (!index.has(from)) visit(from);
  return found;
}

const floorOf = (file: string) => {
  const folder = file.split('/')[1] as string;
  return FLOORS.findIndex((floor) => floor.includes(folder));
};
const isInFolder = (file: string) => /^src\/[^/]+\//.test(file);

describe('floors of src', () => {
  test('each folder has a floor', () => {
    const folders = new Set(
      files.filter((file) => /^src\//.test(file) && isInFolder(file)).map((file) => file.split('/')[1]),
    );
    expect([...folders].sort()).toEqual(FLOORS.flat().sort());
  });

  test('no file imports from a floor above its own', () => {
    const up = imports.filter(
      ({ from, to }) => isInFolder(from) && isInFolder(to) && floorOf(to) > floorOf(from),
    );
    expect(up.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('nothing in src imports web, bench or tests', () => {
    const out = imports.filter(({ from, to }) => from.startsWith('src/') && !to.startsWith('src/'));
    expect(out.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });
});

test('there are no run-time import cycles', () => {
  expect(circles(imports.filter(({ isTypeOnly }) => !isTypeOnly))).toEqual([]);
});

test('a cycle would be detected', () => {
  const edge = (from: string, to: string): Import => ({ from, to, isTypeOnly: false });
  expect(circles([edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'd')])).toEqual([
    ['a', 'b', 'c'],
  ]);
});
