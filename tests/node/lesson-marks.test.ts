// Every lesson marks lines of its kernel; each mark, and each alternative of one, must match a line of the source.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ts } from 'ts-morph';
import { expect, test } from 'vitest';
import { root } from '../../scripts/run.mjs';

const folder = join(root, 'web/src/lessons');
const lessons = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('lesson.tsx'),
);

/** The alternatives of a lesson's mark, as tests of a line, and the lines of its kernel. */
function readMark(file: string): { alternatives: RegExp[]; lines: string[] } {
  const path = join(folder, file);
  const source = ts.createSourceFile(file, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const kernel = source.text.match(/import source from '(.+\.wgsl)\?raw'/)?.[1];
  if (!kernel) throw new Error(`${file} imports no kernel`);
  const patterns: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText(source) === 'mark') {
      const { initializer } = node;
      if (ts.isStringLiteral(initializer))
        patterns.push(initializer.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
      else if (ts.isRegularExpressionLiteral(initializer)) patterns.push(initializer.text.slice(1, -1));
      else throw new Error(`${file}: mark is ${initializer.getText(source)}, expected a string or a pattern`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const alternatives = patterns.flatMap(splitAlternatives).map((text) => new RegExp(text));
  return { alternatives, lines: readFileSync(join(dirname(path), kernel), 'utf8').split('\n') };
}

/** Splits a pattern at its outermost bars. */
function splitAlternatives(pattern: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const piece of pattern.match(/\\.|[^\\]/g) ?? []) {
    if (piece === '(') depth++;
    if (piece === ')') depth--;
    if (piece === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

test('the lines that the lessons mark are in their kernels', () => {
  expect(lessons.length).toBeGreaterThanOrEqual(9);
  for (const file of lessons) {
    const { alternatives, lines } = readMark(file);
    expect(alternatives.length, file).toBeGreaterThan(0);
    for (const one of alternatives) {
      expect(lines.filter((line) => one.test(line)).length, `${file}: ${one}`).toBeGreaterThan(0);
    }
  }
});

test('a mark of several alternatives is split where a pattern is', () => {
  expect(splitAlternatives('a(b|c)|d\\|e|\\(f')).toEqual(['a(b|c)', 'd\\|e', '\\(f']);
});
