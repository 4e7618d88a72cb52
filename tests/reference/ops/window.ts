import type { NdArray } from '../array.ts';

export type Pair = readonly [number, number];

/** How a kernel window slides: [height, width] pairs. */
export interface WindowOptions {
  stride?: Pair;
  /** [vertical, horizontal] or [[top, bottom], [left, right]] */
  padding?: Pair | readonly [Pair, Pair];
  dilation?: Pair;
}

export interface WindowGeometry {
  batch: number;
  input: Pair;
  output: Pair;
  kernel: Pair;
  stride: Pair;
  /** above and to the left */
  padding: Pair;
  dilation: Pair;
}

/** PyTorch's output extent, rounded down: (size + padding on both sides - dilation (kernel - 1) - 1) / stride + 1. */
export function outputExtent(
  size: number,
  kernel: number,
  stride = 1,
  padding: Pair = [0, 0],
  dilation = 1,
): number {
  return Math.floor((size + padding[0] + padding[1] - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** Before and after an axis. */
export function sides(padding: Pair | readonly [Pair, Pair], axis: 0 | 1): Pair {
  const one = padding[axis];
  return typeof one === 'number' ? [one, one] : one;
}

export function windowGeometry(
  x: NdArray,
  kernel: Pair,
  { stride = [1, 1], padding = [0, 0], dilation = [1, 1] }: WindowOptions,
): WindowGeometry {
  const [batch, height, width] = x.shape as [number, number, number];
  const output: Pair = [
    outputExtent(height, kernel[0], stride[0], sides(padding, 0), dilation[0]),
    outputExtent(width, kernel[1], stride[1], sides(padding, 1), dilation[1]),
  ];
  const before: Pair = [sides(padding, 0)[0], sides(padding, 1)[0]];
  return { batch, input: [height, width], output, kernel, stride, padding: before, dilation };
}

/**
 * Visits every pair of an output pixel and an input pixel under its window: the row-major indices of both pixels
 * (including the batch) and of the kernel's tap. Taps on padding are omitted.
 */
export function forEachTap(
  { batch, input, output, kernel, stride, padding, dilation }: WindowGeometry,
  visit: (outputPixel: number, inputPixel: number, tap: number) => void,
): void {
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < output[0]; oy++) {
      for (let ox = 0; ox < output[1]; ox++) {
        const outputPixel = (n * output[0] + oy) * output[1] + ox;
        for (let ky = 0; ky < kernel[0]; ky++) {
          const iy = oy * stride[0] - padding[0] + ky * dilation[0];
          if (iy < 0 || iy >= input[0]) continue;
          for (let kx = 0; kx < kernel[1]; kx++) {
            const ix = ox * stride[1] - padding[1] + kx * dilation[1];
            if (ix < 0 || ix >= input[1]) continue;
            visit(outputPixel, (n * input[0] + iy) * input[1] + ix, ky * kernel[1] + kx);
          }
        }
      }
    }
  }
}
