import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableJson, printableLines } from '../../src/cli/shared/printable.ts';

test.each([
  ['plain, \u00e9, \u7b11, \ud83d\ude00', 'plain, \u00e9, \u7b11, \ud83d\ude00'],
  ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['\u009b2J\u007f', '\\x9b2J\\x7f'],
  ['gnp.\u202egpj', 'gnp.\\u202egpj'],
])('%j is printed as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('line breaks are kept', () => {
  expect(printableLines('a\n\u001b[2Jb\r')).toBe('a\n\\x1b[2Jb\\r');
});

test('JSON has the same value and no control characters, for any names', () => {
  const values = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(values, (value) => {
      const line = printableJson(value);
      expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  const names = Object.fromEntries([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
  expect(printableJson(names)).toBe('{"__proto__":1,"constructor":2}');
});
