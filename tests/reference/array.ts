/**
 * The reference's array: a shape and float64 values in row-major order. Everything in this folder is plain
 * loops over it and shares no code with the library, so that an error in one cannot hide in the other.
 */
export interface NdArray {
  shape: number[];
  data: Float64Array;
}

export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function zeros(shape: Shape): NdArray {
  return { shape: [...shape], data: new Float64Array(sizeOf(shape)) };
}

export function full(shape: Shape, value: number): NdArray {
  return { shape: [...shape], data: new Float64Array(sizeOf(shape)).fill(value) };
}

/** Copies `values` (row-major) into an array of the shape. */
export function from(shape: Shape, values: ArrayLike<number>): NdArray {
  if (values.length !== sizeOf(shape)) {
    throw new Error(`from: shape [${shape}] holds ${sizeOf(shape)} values, got ${values.length}`);
  }
  return { shape: [...shape], data: Float64Array.from(values) };
}

export function copy(x: NdArray): NdArray {
  return { shape: [...x.shape], data: x.data.slice() };
}

export function reshape(x: NdArray, shape: Shape): NdArray {
  return from(shape, x.data);
}

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Uniform values in [low, high). They are rounded to float32, so that a GPU that is given the same array
 * computes from exactly the same numbers.
 */
export function random(shape: Shape, seed: number, low = -1, high = 1): NdArray {
  const next = generator(seed);
  return map(zeros(shape), () => Math.fround(low + (high - low) * next()));
}

/** Normal values (Box-Muller), rounded to float32 for the same reason as `random`. */
export function randomNormal(shape: Shape, seed: number, deviation = 1, mean = 0): NdArray {
  const next = generator(seed);
  return map(zeros(shape), () => {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    return Math.fround(mean + deviation * radius * Math.cos(2 * Math.PI * next()));
  });
}

/** `count` whole numbers in 0..limit-1, for labels and row indices. */
export function randomIntegers(count: number, limit: number, seed: number): number[] {
  const next = generator(seed);
  return Array.from({ length: count }, () => Math.floor(next() * limit));
}

export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Row-major position of a multi-index. */
export function offsetOf(shape: Shape, index: Shape): number {
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) offset = offset * shape[axis]! + index[axis]!;
  return offset;
}

/** Multi-index of a row-major position. */
export function indexOf(shape: Shape, offset: number): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(offset / stride) % shape[axis]!);
}

export function at(x: NdArray, ...index: number[]): number {
  return x.data[offsetOf(x.shape, index)]!;
}

/** Visits every multi-index in row-major order. The index array is reused: copy it to keep it. */
export function forEachIndex(shape: Shape, visit: (index: number[], offset: number) => void): void {
  const index = shape.map(() => 0);
  const size = sizeOf(shape);
  for (let offset = 0; offset < size; offset++) {
    visit(index, offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

export function map(x: NdArray, f: (value: number, offset: number) => number): NdArray {
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(x.data[i]!, i);
  return { shape: [...x.shape], data };
}

/** Axis counted from the front; -1 is the last. */
export function normalizeAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) throw new Error(`axis ${axis} is outside rank ${rank}`);
  return positive;
}
