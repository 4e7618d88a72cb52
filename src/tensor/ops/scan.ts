// Running sums, and products along an axis, whose gradient needs running products.
import * as kernels from '../../kernels/index.ts';
import { expectNumbers } from '../expect.ts';
import { scope } from '../scope.ts';
import { linesOf, sizeOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { type Axes, checkReduction } from './broadcast.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { axisRuns, chunkLengthOf, reduceAll, reduceChunks } from './reduction.ts';
import { reshape } from './reshape.ts';

/** Returns the running sums of x seen as [outer, length, inner], off the tape. */
function runningSums(x: Tensor, outer: number, length: number, inner: number, REVERSE: 0 | 1): Tensor {
  const chunkLength = chunkLengthOf(length);
  const chunks = Math.ceil(length / chunkLength);
  const totals =
    chunks > 1 ? runningSums(reduceChunks('sum', x, outer, length, inner), outer, chunks, inner, REVERSE) : x;
  const y = empty(x.device, [outer, length, inner], x.dtype, 'cumsum');
  const count = outer * chunks * inner;
  x.device.dispatch(kernels.cumsum, {
    label: 'cumsum',
    bind: { x, totals, y },
    params: { length, inner, chunks, chunkLength, count },
    overrides: { REVERSE },
    defines: x.dtype === 'f32' ? {} : { Element: x.dtype },
    threads: count,
  });
  return y;
}

/**
 * Returns the running sums along an axis, like torch.cumsum: y_l = x_0 + ... + x_l. Works on f32, i32 and u32 of any shape;
 * integers wrap at 32 bits.
 */
export function cumsum(x: Tensor, axis: number): Tensor {
  expectNumbers('cumsum', 'x', x);
  const { outer, length, inner } = linesOf('cumsum', x.shape, axis);
  return scope(() => {
    const y = runningSums(x, outer, length, inner, 0).alias(x.shape);
    return differentiable('cumsum', y, [x], () => {
      const before = x.shape;
      return (dy) => [runningSums(dy, outer, length, inner, 1).alias(before)];
    });
  });
}

/** Returns the product of x seen as [outer, length, inner] along the middle axis. */
function productOfAxis(x: Tensor, first: number, end: number): Tensor {
  const shape = x.shape;
  const [length, inner] = [sizeOf(shape.slice(first, end)), sizeOf(shape.slice(end))];
  const kept = shape.map((n, axis) => (axis >= first && axis < end ? 1 : n));
  const axes = shape.map((_, axis) => axis).slice(first, end);
  return differentiable('prod', reduceAll('prod', x, axes, kept), [x], (save) => {
    const saved = save(x);
    return (dy, slots) => [
      slots.fill(0, (dx) => {
        dy.device.dispatch(kernels.prodGrad, {
          label: 'prod gradient',
          bind: { x: saved, dy, dx },
          params: { length, inner, count: dy.size },
          threads: dy.size,
        });
      }),
    ];
  });
}

/**
 * Returns the product over the given axes (default all), of f32, i32 or u32; integers wrap at 32 bits. The gradient is
 * the product of the other elements, even if some are 0.
 */
export function prod(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  const { list, dropped, kept } = checkReduction('prod', x, axes, keepDims);
  return scope(() => {
    let y = x;
    // each run of neighboring axes is one axis in memory
    for (const [first, end] of axisRuns(list)) y = productOfAxis(y, first, end);
    return reshape(y, keepDims ? kept : dropped);
  });
}

export const scanInfos: OpInfo[] = [
  {
    name: 'cumsum',
    doc: 'running sums along an axis',
    gradient: 'dx = running sums of dy from the end of the axis',
    cost: elementwiseCost,
  },
  {
    name: 'prod',
    doc: 'product over axes',
    gradient: 'dx = dy times the product of the other elements',
    cost: elementwiseCost,
  },
];
