// Repeats elements along axes and sums along axes. Each is the gradient of the other, so they share a file.
import { boolean, checkValue } from '../../gpu/check-options.ts';
import { ShapeError } from '../errors.ts';
import { expectNumbers, expectTensor } from '../expect.ts';
import {
  axesOf,
  broadcastShapes,
  broadcastStrides,
  checkShape,
  type Shape,
  sameShape,
  show,
  stridesOf,
} from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reduceAll, reducedShapes } from './reduction.ts';
import { reshape } from './reshape.ts';
import { copyBox } from './strided.ts';

/** One axis, a list of axes, or undefined for all. Negative ones count from the end. */
export type Axes = number | readonly number[] | undefined;

/**
 * Repeats axes of size 1, and adds leading axes, until the tensor has `shape`.
 * @throws ShapeError when x does not broadcast to `shape`
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  expectTensor('expand', 'x', x);
  checkShape('expand', shape);
  if (sameShape(x.shape, shape)) return reshape(x, shape); // a new handle, since the caller may dispose it
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
    throw new ShapeError(`expand: ${show(x.shape)} does not broadcast to ${show(shape)}`);
  }
  const y = empty(x.device, shape, x.dtype, 'expand');
  copyBox(
    'expand',
    shape,
    { tensor: x, start: 0, strides: broadcastStrides(x.shape, shape) },
    { tensor: y, start: 0, strides: stridesOf(shape) },
  );
  return differentiable('expand', y, [x], () => {
    const before = x.shape;
    return (dy) => [sumTo(dy, before)];
  });
}

/** Returns the sum over the given axes (default all). Integers, i32 and u32, wrap at 32 bits. */
export function sum(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return sumOver('sum', x, axes, keepDims);
}

/** Like `sum`, with `caller` as the name in error messages. */
export function sumOver(caller: string, x: Tensor, axes: Axes, keepDims: boolean): Tensor {
  const { list, dropped, kept } = checkReduction(caller, x, axes, keepDims);
  return differentiable('sum', reduceAll('sum', x, list, keepDims ? kept : dropped), [x], () => {
    const before = x.shape;
    return (dy) => [expand(reshape(dy, kept), before)];
  });
}

/** Checks the arguments of a reduction; returns its axes as a sorted list, and the shapes of its result. */
export function checkReduction(caller: string, x: Tensor, axes: Axes, keepDims: boolean) {
  expectNumbers(caller, 'x', x);
  if (typeof keepDims !== 'boolean') checkValue(caller, 'keepDims', keepDims, boolean);
  const list = axesOf(caller, axes, x.rank);
  return { list, ...reducedShapes(x.shape, list) };
}

/** Computes the gradient of broadcasting: sums over the axes along which `shape` was broadcast to the shape of x. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const axes = axesOf('sumTo', undefined, x.rank).filter(
    (axis) => axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1),
  );
  const summed = axes.length > 0 ? sum(x, axes, true) : x;
  return reshape(summed, shape);
}

/**
 * Returns a tensor that a kernel reads as a flat list with the size of `shape`: element i is at i * step. A tensor of
 * one element is not repeated in memory; its step is 0.
 */
export function spread(x: Tensor, shape: Shape): { tensor: Tensor; step: 0 | 1 } {
  return x.size === 1 ? { tensor: x, step: 0 } : { tensor: expand(x, shape), step: 1 };
}

export const broadcastInfos: OpInfo[] = [
  {
    name: 'expand',
    doc: 'repeats axes of size 1 up to a shape',
    gradient: 'dx = dy summed over the repeated axes',
    cost: elementwiseCost,
  },
  {
    name: 'sum',
    doc: 'sum over axes',
    gradient: 'dx = dy repeated along the summed axes',
    cost: elementwiseCost,
  },
];
