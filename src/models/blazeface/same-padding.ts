import { pad } from '../../tensor/ops/pad.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/**
 * Pads images [N, H, W, C] for a window of `kernel` pixels as TensorFlow's "same" padding does: the output has
 * ceil(size / stride) pixels, and of an odd number of padded pixels the additional one is at the end.
 */
export function samePadding(x: Tensor, kernel: number, stride: number): Tensor {
  const along = (size: number): [number, number] => {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
    return [total >> 1, total - (total >> 1)];
  };
  const [, height, width] = x.shape as readonly number[] as [number, number, number];
  return pad(x, [[0, 0], along(height), along(width), [0, 0]]);
}
