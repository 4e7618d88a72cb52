import { expect, test } from 'vitest';
import { evaluate, unroll } from '../../src/gpu/unroll.ts';

const lines = (text: string) =>
  text
    .replace(/[{}\n]+/g, ' ')
    .split(/\s+/)
    .join(' ')
    .trim();

test('a loop with known bounds is unrolled, also inside another', () => {
  const text = `const K = 2u;
for (var a = 0u; a < K; a++) { for (var b = a; b < K + 1u; b += 2u) { s[a * 3u + b] += p.a; } }`;
  expect(lines(unroll(text))).toBe(
    'const K = 2u; s[0u * 3u + 0u] += p.a; s[0u * 3u + 2u] += p.a; s[1u * 3u + 1u] += p.a;',
  );
});

test('overrides have the value of the pipeline; unset ones have their default', () => {
  const text = 'override N: u32 = 1u;\nfor (var k = 0u; k < N; k++) { f(k); }';
  expect(unroll(text)).toContain('f(0u)');
  expect(unroll(text)).not.toContain('f(1u)');
  expect(unroll(text, { N: 2 })).toContain('f(1u)');
});

test('loops are kept when a bound is unknown, the body can leave the loop, or the text would be long', () => {
  for (const text of [
    'for (var k = 0u; k < params.n; k++) { f(k); }',
    'for (var k = 0u; k < 3u; k++) { if (k == x) { break; } }',
    'for (var k = 0u; k < 17u; k++) { f(k); }',
    `for (var k = 0u; k < 16u; k++) { ${'f(k); '.repeat(1000)} }`,
  ]) {
    expect(unroll(text)).toBe(text);
  }
});

test.each([
  ['0', '0i 1i'],
  ['0i', '0i 1i'],
  ['0u', '0u 1u'],
  ['START', '0u 1u'],
  ['SIGNED', '0i 1i'],
  ['SIGNED + START', '0u 1u'],
  ['TYPED', '0u 1u'],
])('the variable of a loop from %s keeps its type', (first, wanted) => {
  const head = 'const START = 0u;\nconst SIGNED = 0;\noverride TYPED: u32 = 0;\n';
  const text = `${head}for (var k = ${first}; k < 2; k++) { f(k); }`;
  const [a, b] = wanted.split(' ');
  expect(lines(unroll(text)).slice(lines(head).length + 1)).toBe(`f(${a}); f(${b});`);
});

test('a loop that changes or hides its variable stays a loop', () => {
  for (const body of [
    'k += 1u;',
    'k++;',
    'k = 5u;',
    'f(&k);',
    'let k = 1u; f(k);',
    'k <<= 1u;',
    'k -= 1u;',
  ]) {
    const text = `for (var k = 0u; k < 3u; k++) { ${body} }`;
    expect(unroll(text)).toBe(text);
  }
  const compared = 'for (var k = 0u; k < 2u; k++) { if (k == n || k <= n && kk == 1u) { f(k); } }';
  expect(unroll(compared)).not.toContain('for');
});

test('inner loops of a kept loop are still unrolled', () => {
  const text = 'for (var i = 0u; i < n; i++) { for (var k = 0u; k < 2u; k++) { f(i, k); } }';
  expect(lines(unroll(text))).toBe('for (var i = 0u; i < n; i++) f(i, 0u); f(i, 1u);');
});

test.each([
  ['2u + 3u * 4', 14],
  ['(7 - 1) / 4u % 2', 1],
  ['max(K, 5u) - min(1u, K)', 4],
  ['params.n', null],
  ['1.5', null],
  ['', null],
])('%s is %s', (expression, value) => {
  expect(evaluate(expression, new Map([['K', 3]]))).toBe(value);
});
