import type { Tensor } from '../../src/tensor/tensor.ts';

/** The bit patterns of a tensor's elements, which are equal only if the numbers are equal bit for bit. */
export async function bitsOf(tensor: Tensor): Promise<Uint32Array> {
  return new Uint32Array((await tensor.data()).buffer);
}

/** Index of the first bit pattern that differs, or -1; fast for millions of elements. */
export function firstDifference(a: Uint32Array, b: Uint32Array): number {
  return a.length === b.length ? a.findIndex((bits, i) => bits !== b[i]) : Math.min(a.length, b.length);
}
