import { at, forEachIndex, type NdArray, offsetOf, zeros } from '../array.ts';

export interface ResampleOptions {
  output: readonly [number, number];
  /** distance of neighboring output pixels in the input */
  scale: readonly [number, number];
  mode: 'nearest' | 'bilinear';
  alignCorners?: boolean;
}

/** Positions in float32, as PyTorch computes them, since rounding decides which pixel is the nearest. */
function source(o: number, scale: number, size: number, { mode, alignCorners }: ResampleOptions) {
  const step = Math.fround(scale);
  if (mode === 'nearest') {
    const pixel = Math.min(Math.floor(Math.fround(o * step)), size - 1);
    return { first: pixel, second: pixel, weight: 0 };
  }
  const place = alignCorners ? o * scale : Math.max(0, (o + 0.5) * scale - 0.5);
  // a position that float32 rounds to a pixel belongs to that pixel
  const near = Math.abs(place - Math.round(place)) < 1e-5 ? Math.round(place) : place;
  const first = Math.min(Math.floor(near), size - 1);
  return { first, second: Math.min(first + 1, size - 1), weight: Math.min(1, Math.max(0, near - first)) };
}

/** Returns x [N, H, W, C] at another size. */
export function resample(x: NdArray, options: ResampleOptions): NdArray {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const out = zeros([n, ...options.output, c]);
  forEachIndex(out.shape, ([image, oh, ow, channel], offset) => {
    const row = source(oh!, options.scale[0], h, options);
    const column = source(ow!, options.scale[1], w, options);
    const along = (y: number) =>
      (1 - column.weight) * at(x, image!, y, column.first, channel!) +
      column.weight * at(x, image!, y, column.second, channel!);
    out.data[offset] = (1 - row.weight) * along(row.first) + row.weight * along(row.second);
  });
  return out;
}

/** Selects every element by one index per axis: `from` has the source of each output position along each axis. */
export function gathered(x: NdArray, from: readonly (readonly number[])[]): NdArray {
  const out = zeros(from.map((list) => list.length));
  forEachIndex(out.shape, (index, offset) => {
    out.data[offset] =
      x.data[
        offsetOf(
          x.shape,
          index.map((i, axis) => from[axis]![i]!),
        )
      ]!;
  });
  return out;
}

/** Returns the sources along an axis of `size` elements that is padded with a mirror image or copies of the edge. */
export function paddedFrom(
  size: number,
  [before, after]: readonly [number, number],
  mode: 'reflect' | 'replicate',
) {
  return Array.from({ length: before + size + after }, (_, i) => {
    const place = i - before;
    if (mode === 'replicate') return Math.min(Math.max(place, 0), size - 1);
    return place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place;
  });
}
