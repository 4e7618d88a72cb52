// A kernel is readable by itself, so shared functions are repeated in each. The copies must not diverge.
import { expect, test } from 'vitest';
import * as kernels from '../../src/kernels/index.ts';
import { SOFTWARE_TEXTS } from '../../src/kernels/software.ts';
import { VARIANT_TEXTS } from '../../src/kernels/variants.ts';

const all = [
  ...Object.values(kernels),
  ...Object.entries({ ...VARIANT_TEXTS, ...SOFTWARE_TEXTS }).map(([name, source]) => ({ name, source })),
];

/** Functions that several kernels have, with the same text up to the type. */
const SHARED = ['isNan', 'toNan', 'orderOf', 'clip', 'hardSigmoid', 'activate', 'behind'];

/** A function of a kernel, as for scalars; vectors differ only in type names. */
function textOf(source: string, name: string): string | undefined {
  const scalar = source
    .replace(/\bvec4<bool>|\bFlags\b/g, 'bool')
    .replace(/\bvec4u\b|\bBits\b/g, 'u32')
    .replace(/\bvec4f\b|\b(Vec|Element)\b/g, 'f32')
    .replace(/\b([uf]32)\(([\d.]\w*(?:\.\d+)?)\)/g, '$2');
  return new RegExp(`(?://[^\\n]*\\n)*fn ${name}\\(.*(?:\\n[ \\t].*)*(?:\\n})?`).exec(scalar)?.[0];
}

test.each(SHARED)('%s is the same text in every kernel', (name) => {
  const texts = all.flatMap(({ name: kernel, source }) => {
    // two kernels divide by 6 where the others multiply, and gates have two activations
    if (/^(unary|channel_gate)/.test(kernel) && ['hardSigmoid', 'activate', 'behind'].includes(name))
      return [];
    const text = textOf(source, name);
    return text ? [{ kernel, text }] : [];
  });
  expect(texts.length).toBeGreaterThan(1);
  for (const { kernel, text } of texts) expect(text, kernel).toBe(texts[0]!.text);
});

test('a NaN is detected only by its bits', () => {
  for (const { name, source } of all) {
    expect(source, name).not.toMatch(/\b(\w+) [!=]= \1\b/);
    if (/0x7f800000u/.test(source) && />\s*\w*\(?0x7f800000u/.test(source)) {
      expect(/fn (isNan|orderOf)\(/.test(source), name).toBe(true);
    }
  }
});
