import type { Tensor } from '../../src/tensor/tensor.ts';

/** The bit patterns of a tensor's elements: equal only where the numbers are equal to the last bit. */
export async function bitsOf(tensor: Tensor): Promise<Uint32Array> {
  return new Uint32Array((await tensor.data()).buffer);
}

/** Index of the first bit pattern that differs, or -1; quick where there are millions. */
export function firstDifference(a: Uint32Array, b: Uint32Array): number {
  return a.length === b.length ? a.findIndex((bits, i) => bits !== b[i]) : Math.min(a.length, b.length);
}
