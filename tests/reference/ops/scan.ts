// Running sums, products, selection and indexing along one axis.
import { from, type NdArray, normalizeAxis, type Shape, zeros } from '../array.ts';

/** Positions of the elements of each line along an axis, in order. A scalar is one line of one element. */
export function linesOf(shape: Shape, axis: number): number[][] {
  const sizes = shape.length === 0 ? [1] : shape;
  const at = normalizeAxis(axis, sizes.length);
  const inner = sizes.slice(at + 1).reduce((product, n) => product * n, 1);
  const outer = sizes.slice(0, at).reduce((product, n) => product * n, 1);
  const length = sizes[at]!;
  return Array.from({ length: outer * inner }, (_, line) => {
    const first = Math.floor(line / inner) * length * inner + (line % inner);
    return Array.from({ length }, (_, l) => first + l * inner);
  });
}

export function cumsum(x: NdArray, axis: number): NdArray {
  const y = zeros(x.shape);
  for (const line of linesOf(x.shape, axis)) {
    let total = 0;
    for (const at of line) {
      total += x.data[at]!;
      y.data[at] = total;
    }
  }
  return y;
}

/** Largest first, or smallest first; NaN is the largest number, and among equal ones the lower index comes first. */
export function topk(
  x: NdArray,
  k: number,
  axis: number,
  largest = true,
): { values: NdArray; indices: NdArray } {
  const shape = [...x.shape];
  if (shape.length > 0) shape[normalizeAxis(axis, shape.length)] = k;
  const [values, indices] = [zeros(shape), zeros(shape)];
  const key = (v: number) => (Number.isNaN(v) ? Number.POSITIVE_INFINITY : v);
  const isAbove = (a: number, b: number) => key(a) > key(b) || (Number.isNaN(a) && !Number.isNaN(b));
  const into = linesOf(shape, axis);
  linesOf(x.shape, axis).forEach((line, n) => {
    const order = line.map((_, l) => l);
    const value = (l: number) => x.data[line[l]!]!;
    order.sort((a, b) => {
      if (isAbove(value(a), value(b))) return largest ? -1 : 1;
      if (isAbove(value(b), value(a))) return largest ? 1 : -1;
      return a - b;
    });
    for (let j = 0; j < k; j++) {
      values.data[into[n]![j]!] = value(order[j]!);
      indices.data[into[n]![j]!] = order[j]!;
    }
  });
  return { values, indices };
}

/** Returns for every element of the index array the position in `shape` that it selects along the axis. */
function placesOf(shape: Shape, axis: number, index: NdArray): Int32Array {
  const rank = shape.length;
  const at = normalizeAxis(axis, Math.max(rank, 1));
  const places = new Int32Array(index.data.length);
  for (let i = 0; i < places.length; i++) {
    let rest = i;
    const position = index.shape.map(() => 0);
    for (let a = rank - 1; a >= 0; a--) {
      position[a] = rest % index.shape[a]!;
      rest = Math.floor(rest / index.shape[a]!);
    }
    if (rank > 0) position[at] = index.data[i]!;
    places[i] = position.reduce((sum, p, a) => sum * shape[a]! + p, 0);
  }
  return places;
}

export function gather(x: NdArray, axis: number, index: NdArray): NdArray {
  const places = placesOf(x.shape, axis, index);
  return from(
    index.shape,
    [...places].map((place) => x.data[place]!),
  );
}

export function scatterAdd(x: NdArray, axis: number, index: NdArray, src: NdArray): NdArray {
  const y = from(x.shape, x.data);
  const places = placesOf(x.shape, axis, index);
  // the element of src at the same position as in the index array
  for (let i = 0; i < places.length; i++) {
    let rest = i;
    let offset = 0;
    let stride = 1;
    for (let a = index.shape.length - 1; a >= 0; a--) {
      offset += (rest % index.shape[a]!) * stride;
      rest = Math.floor(rest / index.shape[a]!);
      stride *= src.shape[a]!;
    }
    y.data[places[i]!]! += src.data[offset]!;
  }
  return y;
}

/** Rounds halves to the even integer. */
export function round(x: number): number {
  const low = Math.floor(x);
  const isHalf = x - low === 0.5;
  return isHalf ? low + (low % 2 === 0 ? 0 : 1) : Math.round(x);
}
