import * as kernels from '../../kernels/index.ts';
import { scope } from '../scope.ts';
import { type Shape, sizeOf } from '../shape.ts';
import { noGrad } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';

/** In the order of the kernel's OPERATION override. */
const OPERATIONS = ['sum', 'max', 'min', 'prod'] as const;
export type Reduction = (typeof OPERATIONS)[number];

/** An axis longer than this is reduced in two levels, so that no thread reads more values in a row. */
const LONGEST_RUN = 256;

/** Returns the length of the chunks into which an axis is split. */
export function chunkLengthOf(length: number): number {
  return length <= LONGEST_RUN ? length : Math.ceil(Math.sqrt(length));
}

/** Reduces each chunk of one axis of x seen as [outer, length, inner]: [outer, chunks, inner]. */
export function reduceChunks(
  name: Reduction,
  x: Tensor,
  outer: number,
  length: number,
  inner: number,
): Tensor {
  const chunkLength = chunkLengthOf(length);
  const chunks = Math.ceil(length / chunkLength);
  const y = empty(x.device, [outer, chunks, inner], x.dtype, name);
  x.device.dispatch(kernels.reduce, {
    label: name,
    bind: { x, y },
    params: { length, inner, chunks, chunkLength, count: y.size },
    overrides: { OPERATION: OPERATIONS.indexOf(name), WHOLE: x.dtype === 'f32' ? 0 : 1 },
    defines: x.dtype === 'f32' ? {} : { Element: x.dtype },
    threads: y.size,
  });
  return y;
}

/** Reduces one axis of x seen as [outer, length, inner]: [outer, 1, inner]. */
function reduceAxis(name: Reduction, x: Tensor, outer: number, length: number, inner: number): Tensor {
  const y = reduceChunks(name, x, outer, length, inner);
  const [, chunks] = y.shape as [number, number];
  return chunks === 1 ? y : reduceAxis(name, y, outer, chunks, inner);
}

/** Returns the shape without the reduced axes, and the shape with these axes of size 1. */
export function reducedShapes(shape: Shape, axes: readonly number[]): { dropped: number[]; kept: number[] } {
  return {
    dropped: shape.filter((_, axis) => !axes.includes(axis)),
    kept: shape.map((n, axis) => (axes.includes(axis) ? 1 : n)),
  };
}

/** Iterates over the runs of neighboring axes among sorted ones, [first, last + 1], beginning with the last run. */
export function* axisRuns(axes: readonly number[]): Generator<[first: number, end: number]> {
  for (let last = axes.length - 1; last >= 0; ) {
    let first = last;
    while (first > 0 && axes[first - 1] === (axes[first] as number) - 1) first--;
    yield [axes[first] as number, (axes[last] as number) + 1];
    last = first - 1;
  }
}

/**
 * Reduces sorted axes of x to `shape`, without taping. Neighboring axes are reduced as one axis, beginning with the
 * last.
 */
export function reduceAll(name: Reduction, x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  return scope(() =>
    noGrad(() => {
      const sizes = [...x.shape];
      let value = x;
      for (const [from, to] of axisRuns(axes)) {
        const length = sizeOf(sizes.slice(from, to));
        value = reduceAxis(name, value, sizeOf(sizes.slice(0, from)), length, sizeOf(sizes.slice(to)));
        sizes.fill(1, from, to);
      }
      return value.alias(shape);
    }),
  );
}
