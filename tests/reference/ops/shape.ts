import {
  forEachIndex,
  full,
  type NdArray,
  normalizeAxis,
  offsetOf,
  type Shape,
  stridesOf,
  zeros,
} from '../array.ts';

/** out's axis i is x's axis axes[i]. */
export function permute(x: NdArray, axes: Shape): NdArray {
  const strides = stridesOf(x.shape);
  const out = zeros(axes.map((axis) => x.shape[normalizeAxis(axis, x.shape.length)]!));
  forEachIndex(out.shape, (index, offset) => {
    const source = axes.reduce(
      (sum, axis, i) => sum + strides[normalizeAxis(axis, axes.length)]! * index[i]!,
      0,
    );
    out.data[offset] = x.data[source]!;
  });
  return out;
}

/** Elements begin, begin + step, ... below end on every axis; step >= 1, 1 by default. */
export function slice(x: NdArray, begin: Shape, end: Shape, step: Shape = begin.map(() => 1)): NdArray {
  const out = zeros(begin.map((first, axis) => Math.max(0, Math.ceil((end[axis]! - first) / step[axis]!))));
  const source = sliceOffsets(x.shape, out.shape, begin, step);
  for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[source[i]!]!;
  return out;
}

/** Where in the input each element of a slice lies. */
export function sliceOffsets(input: Shape, output: Shape, begin: Shape, step: Shape): Int32Array {
  const offsets = new Int32Array(output.reduce((product, extent) => product * extent, 1));
  forEachIndex(output, (index, offset) => {
    offsets[offset] = offsetOf(
      input,
      index.map((i, axis) => begin[axis]! + i * step[axis]!),
    );
  });
  return offsets;
}

/** Joins arrays that agree on every axis but one. */
export function concat(arrays: readonly NdArray[], axis: number): NdArray {
  const first = arrays[0]!;
  const along = normalizeAxis(axis, first.shape.length);
  const out = zeros(first.shape);
  out.shape[along] = arrays.reduce((total, array) => total + array.shape[along]!, 0);
  out.data = zeros(out.shape).data;
  let start = 0;
  for (const array of arrays) {
    forEachIndex(array.shape, (index, offset) => {
      const target = index.map((i, a) => (a === along ? i + start : i));
      out.data[offsetOf(out.shape, target)] = array.data[offset]!;
    });
    start += array.shape[along]!;
  }
  return out;
}

/** Adds before and after each axis, as [before, after] pairs, elements of one value. */
export function pad(x: NdArray, amounts: readonly (readonly [number, number])[], value = 0): NdArray {
  const out = full(
    x.shape.map((extent, axis) => extent + amounts[axis]![0] + amounts[axis]![1]),
    value,
  );
  forEachIndex(x.shape, (index, offset) => {
    out.data[
      offsetOf(
        out.shape,
        index.map((i, axis) => i + amounts[axis]![0]),
      )
    ] = x.data[offset]!;
  });
  return out;
}

/** x [rows, ...] and n indices -> [n, ...]. */
export function gatherRows(x: NdArray, indices: ArrayLike<number>): NdArray {
  const width = x.data.length / x.shape[0]!;
  const out = zeros([indices.length, ...x.shape.slice(1)]);
  for (let i = 0; i < indices.length; i++) {
    for (let j = 0; j < width; j++) out.data[i * width + j] = x.data[indices[i]! * width + j]!;
  }
  return out;
}

/** n labels -> [n, classes], 1 at the label. */
export function oneHot(labels: ArrayLike<number>, classes: number): NdArray {
  const out = zeros([labels.length, classes]);
  for (let i = 0; i < labels.length; i++) out.data[i * classes + labels[i]!] = 1;
  return out;
}
