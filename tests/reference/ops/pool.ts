import { full, type NdArray, zeros } from '../array.ts';
import { max, mean } from './reduce.ts';
import type { Pair } from './window.ts';

export interface PoolOptions {
  kernel: Pair;
  stride?: Pair | undefined;
  padding?: Pair | undefined;
  dilation?: Pair | undefined;
  ceilMode?: boolean | undefined;
  countIncludePad?: boolean | undefined;
  divisor?: number | undefined;
}

/** One output pixel's window: its input pixels, row by row, and what an average divides by. */
export interface PoolPlace {
  output: number;
  pixels: number[];
  divisor: number;
}

/** PyTorch's number of windows along an axis, by trying: the last that fits, or in ceil mode starts where it may. */
function positions(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceil: boolean,
) {
  const reach = dilation * (kernel - 1) + 1;
  const starts: number[] = [];
  for (let start = -padding; ; start += stride) {
    const fits = start + reach <= size + padding;
    const fills = start - stride + reach < size + padding; // something is left after the window before
    if (!fits && !(ceil && fills && start < size)) return starts;
    starts.push(start);
  }
}

/** All windows of a pool. */
export function poolPlaces(x: NdArray, options: PoolOptions): { output: Pair; places: PoolPlace[] } {
  const { kernel, stride = kernel, padding = [0, 0], dilation = [1, 1], ceilMode = false } = options;
  const { countIncludePad = true, divisor } = options;
  const [batch, ...size] = x.shape as [number, number, number];
  const along = (a: 0 | 1) => positions(size[a]!, kernel[a], stride[a], padding[a], dilation[a], ceilMode);
  const [downs, acrosses] = [along(0), along(1)];
  const places: PoolPlace[] = [];
  for (let n = 0; n < batch; n++) {
    for (const down of downs) {
      for (const across of acrosses) {
        const pixels: number[] = [];
        let padded = 0;
        for (let i = 0; i < kernel[0]; i++) {
          for (let j = 0; j < kernel[1]; j++) {
            const h = down + i * dilation[0];
            const w = across + j * dilation[1];
            if (h < size[0]! + padding[0] && w < size[1]! + padding[1]) padded++;
            if (h >= 0 && h < size[0]! && w >= 0 && w < size[1]!)
              pixels.push((n * size[0]! + h) * size[1]! + w);
          }
        }
        const counted = divisor ?? (countIncludePad ? padded : pixels.length);
        places.push({ output: places.length, pixels, divisor: counted });
      }
    }
  }
  return { output: [downs.length, acrosses.length], places };
}

/** The windows of an adaptive pool: rows floor(i H / H') to ceil((i + 1) H / H') - 1. */
export function adaptivePlaces(x: NdArray, output: Pair): { output: Pair; places: PoolPlace[] } {
  const [batch, height, width] = x.shape as [number, number, number];
  const range = (i: number, size: number, out: number) => {
    const list: number[] = [];
    for (let p = Math.floor((i * size) / out); p < Math.ceil(((i + 1) * size) / out); p++) list.push(p);
    return list;
  };
  const places: PoolPlace[] = [];
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < output[0]; i++) {
      for (let j = 0; j < output[1]; j++) {
        const pixels = range(i, height, output[0]).flatMap((h) =>
          range(j, width, output[1]).map((w) => (n * height + h) * width + w),
        );
        places.push({ output: places.length, pixels, divisor: pixels.length });
      }
    }
  }
  return { output, places };
}

type Places = { output: Pair; places: PoolPlace[] };

/** Greatest value of each window; minus infinity for one without pixels. */
export function maxOf(x: NdArray, { output, places }: Places): NdArray {
  const channels = x.shape[3]!;
  const out = full([x.shape[0]!, ...output, channels], Number.NEGATIVE_INFINITY);
  for (const { output: target, pixels } of places) {
    for (let c = 0; c < channels; c++) {
      out.data[target * channels + c] = Math.max(...pixels.map((p) => x.data[p * channels + c]!));
    }
  }
  return out;
}

/** Sum of each window by its divisor. */
export function meanOf(x: NdArray, { output, places }: Places): NdArray {
  const channels = x.shape[3]!;
  const out = zeros([x.shape[0]!, ...output, channels]);
  for (const { output: target, pixels, divisor } of places) {
    for (let c = 0; c < channels; c++) {
      out.data[target * channels + c] =
        pixels.reduce((sum, p) => sum + x.data[p * channels + c]!, 0) / divisor;
    }
  }
  return out;
}

export const maxPool2d = (x: NdArray, options: PoolOptions): NdArray => maxOf(x, poolPlaces(x, options));
export const avgPool2d = (x: NdArray, options: PoolOptions): NdArray => meanOf(x, poolPlaces(x, options));
export const adaptiveMaxPool2d = (x: NdArray, output: Pair): NdArray => maxOf(x, adaptivePlaces(x, output));
export const adaptiveAvgPool2d = (x: NdArray, output: Pair): NdArray => meanOf(x, adaptivePlaces(x, output));

/** [N,H,W,C] -> [N,1,1,C]. */
export function globalAvgPool(x: NdArray): NdArray {
  return mean(x, { axes: [1, 2], keepdims: true });
}

export type PooledAxis = 'width' | 'height';

/** Mean over the width, [N,H,W,C] -> [N,H,C], or over the height -> [N,W,C]. */
export function avgPoolAxis(x: NdArray, axis: PooledAxis): NdArray {
  return mean(x, { axes: [axis === 'width' ? 2 : 1] });
}

/** Maximum over the width, [N,H,W,C] -> [N,H,C], or over the height -> [N,W,C]. */
export function maxPoolAxis(x: NdArray, axis: PooledAxis): NdArray {
  return max(x, { axes: [axis === 'width' ? 2 : 1] });
}
