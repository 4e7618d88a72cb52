import type { Tensor } from '../../src/tensor/tensor.ts';

/** The bit patterns of a tensor's elements: equal only where the numbers are equal to the last bit. */
export async function bitsOf(tensor: Tensor): Promise<number[]> {
  return [...new Uint32Array((await tensor.data()).buffer)];
}
