import { full, type NdArray, normalizeAxis, reshape, type Shape, zeros } from '../array.ts';
import { broadcastOffsets } from '../broadcast.ts';

export interface ReduceOptions {
  /** Axes to reduce, negative ones from the end; all of them by default. */
  axes?: Shape;
  keepdims?: boolean;
}

export function sum(x: NdArray, options: ReduceOptions = {}): NdArray {
  return reduce(x, options, 0, (total, value) => total + value);
}

export function prod(x: NdArray, options: ReduceOptions = {}): NdArray {
  return reduce(x, options, 1, (product, value) => product * value);
}

export function mean(x: NdArray, options: ReduceOptions = {}): NdArray {
  const total = sum(x, options);
  const count = x.data.length / total.data.length;
  return { shape: total.shape, data: total.data.map((value) => value / count) };
}

/** The sum of the squared differences from the mean, divided by n - correction, or by 0 if that is negative. */
export function variance(x: NdArray, options: ReduceOptions = {}, correction = 1): NdArray {
  const center = mean(x, { ...options, keepdims: true });
  const into = broadcastOffsets(center.shape, x.shape);
  const squares = { shape: x.shape, data: x.data.map((value, i) => (value - center.data[into[i]!]!) ** 2) };
  const total = sum(squares, options);
  const count = Math.max(0, x.data.length / total.data.length - correction);
  return { shape: total.shape, data: total.data.map((value) => value / count) };
}

export function std(x: NdArray, options: ReduceOptions = {}, correction = 1): NdArray {
  const { shape, data } = variance(x, options, correction);
  return { shape, data: data.map(Math.sqrt) };
}

export function max(x: NdArray, options: ReduceOptions = {}): NdArray {
  return reduce(x, options, Number.NEGATIVE_INFINITY, Math.max);
}

export function min(x: NdArray, options: ReduceOptions = {}): NdArray {
  return reduce(x, options, Number.POSITIVE_INFINITY, Math.min);
}

/** Position of the greatest value along one axis (the last by default); the first of equal ones. NaN is the greatest. */
export function argmax(x: NdArray, axis = -1, keepdims = false): NdArray {
  return argExtreme(x, axis, keepdims, (value, best) => value > best);
}

/** Position of the smallest value along one axis (the last by default); the first of equal ones. NaN is the smallest. */
export function argmin(x: NdArray, axis = -1, keepdims = false): NdArray {
  return argExtreme(x, axis, keepdims, (value, best) => value < best);
}

function argExtreme(
  x: NdArray,
  axis: number,
  keepdims: boolean,
  isBetter: (value: number, best: number) => boolean,
): NdArray {
  const along = normalizeAxis(axis, x.shape.length);
  const kept = keptShape(x.shape, [along]);
  const out = zeros(kept);
  const best = full(kept, Number.NaN);
  const isSet = full(kept, 0);
  const into = broadcastOffsets(kept, x.shape);
  const stride = x.shape.slice(along + 1).reduce((product, extent) => product * extent, 1);
  for (let i = 0; i < x.data.length; i++) {
    const target = into[i]!;
    const value = x.data[i]!;
    const isFirst = isSet.data[target] === 0;
    const wins =
      !Number.isNaN(best.data[target]!) && (Number.isNaN(value) || isBetter(value, best.data[target]!));
    if (!isFirst && !wins) continue;
    isSet.data[target] = 1;
    best.data[target] = value;
    out.data[target] = Math.floor(i / stride) % x.shape[along]!;
  }
  return keepdims ? out : dropAxes(out, [along]);
}

function reduce(
  x: NdArray,
  { axes = x.shape.map((_, axis) => axis), keepdims = false }: ReduceOptions,
  initial: number,
  step: (accumulated: number, value: number) => number,
): NdArray {
  const along = axes.map((axis) => normalizeAxis(axis, x.shape.length));
  const out = full(keptShape(x.shape, along), initial);
  const into = broadcastOffsets(out.shape, x.shape);
  for (let i = 0; i < x.data.length; i++) out.data[into[i]!] = step(out.data[into[i]!]!, x.data[i]!);
  return keepdims ? out : dropAxes(out, along);
}

function keptShape(shape: Shape, axes: Shape): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

function dropAxes(x: NdArray, axes: Shape): NdArray {
  return reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}
