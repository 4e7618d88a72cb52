import { boolean, checkValue } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import { linesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { div, mul } from './binary.ts';
import { type Axes, checkReduction, expand, sum, sumOver } from './broadcast.ts';
import { cast } from './cast.ts';
import { equal } from './compare.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reduceAll, reducedShapes } from './reduction.ts';
import { reshape } from './reshape.ts';

/** Returns the mean over the given axes (default all), of f32. */
export function mean(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  expectDType('mean', 'x', x, 'f32');
  return scope(() => {
    const total = sumOver('mean', x, axes, keepDims);
    return mul(total, total.size / x.size);
  });
}

function extremes(name: 'max' | 'min', x: Tensor, axes: Axes, keepDims: boolean): Tensor {
  const { list, dropped, kept } = checkReduction(name, x, axes, keepDims);
  const y = reduceAll(name, x, list, keepDims ? kept : dropped);
  return differentiable(name, y, [x], (save) => {
    const before = x.shape;
    const [savedX, savedY] = [save(x), save(y)];
    // equal extremes share the gradient evenly, as in torch.amax
    return (dy) => {
      const hits = cast(equal(savedX, expand(reshape(savedY, kept), before)), 'f32');
      const share = div(reshape(dy, kept), sum(hits, list, true));
      return [mul(hits, share)];
    };
  });
}

/**
 * Returns the largest element along the given axes (default all), or NaN if one of them is NaN. Equal maxima share the
 * gradient evenly. Where the result is NaN, the gradient of all elements is NaN.
 */
export function max(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return extremes('max', x, axes, keepDims);
}

/**
 * Returns the smallest element along the given axes (default all), or NaN if one of them is NaN. Equal minima share the
 * gradient evenly. Where the result is NaN, the gradient of all elements is NaN.
 */
export function min(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return extremes('min', x, axes, keepDims);
}

function argExtreme(
  name: 'argMax' | 'argMin',
  x: Tensor,
  axis: number | undefined,
  keepDims: boolean,
): Tensor {
  expectDType(name, 'x', x, 'f32');
  checkValue(name, 'keepDims', keepDims, boolean);
  const isWhole = axis === undefined;
  const { at, length, inner } = linesOf(name, isWhole ? [x.size] : x.shape, isWhole ? 0 : axis);
  const { kept, dropped } = reducedShapes(x.shape, isWhole ? x.shape.map((_, i) => i) : [at]);
  const y = empty(x.device, keepDims ? kept : dropped, 'u32', name);
  x.device.dispatch(kernels.argMax, {
    label: name,
    bind: { x, y },
    params: { length, inner, count: y.size },
    overrides: { SMALLEST: name === 'argMin' ? 1 : 0 },
    threads: y.size,
  });
  return y;
}

/**
 * Returns the index (u32) of the largest element along one axis, the first of equal ones; NaN counts as the largest.
 * Without an axis it is the index in the flattened tensor. Not differentiable.
 */
export function argMax(x: Tensor, axis?: number, keepDims = false): Tensor {
  return argExtreme('argMax', x, axis, keepDims);
}

/**
 * Returns the index (u32) of the smallest element along one axis, the first of equal ones; NaN counts as the smallest.
 * Without an axis it is the index in the flattened tensor. Not differentiable.
 */
export function argMin(x: Tensor, axis?: number, keepDims = false): Tensor {
  return argExtreme('argMin', x, axis, keepDims);
}

export const reduceInfos: OpInfo[] = [
  {
    name: 'mean',
    doc: 'mean over axes',
    gradient: 'dx = dy / n repeated along the axes',
    cost: elementwiseCost,
  },
  {
    name: 'max',
    doc: 'largest element along axes',
    gradient: 'dx = dy shared equally among the elements that equal the maximum',
    cost: elementwiseCost,
  },
  {
    name: 'min',
    doc: 'smallest element along axes',
    gradient: 'dx = dy shared equally among the elements that equal the minimum',
    cost: elementwiseCost,
  },
  {
    name: 'argMax',
    doc: 'index of the largest element along an axis',
    gradient: null,
    cost: elementwiseCost,
  },
  {
    name: 'argMin',
    doc: 'index of the smallest element along an axis',
    gradient: null,
    cost: elementwiseCost,
  },
];
