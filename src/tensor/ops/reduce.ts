import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import { axisOf, sizeOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { div, mul } from './binary.ts';
import { type Axes, checkReduction, expand, sum, sumOver } from './broadcast.ts';
import { cast } from './cast.ts';
import { equal } from './compare.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reduceAll, reducedShapes } from './reduction.ts';
import { reshape } from './reshape.ts';

/** Returns the mean over the given axes (default all). */
export function mean(x: Tensor, axes?: Axes, keepDims = false): Tensor {
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

/**
 * Returns the index (u32) of the largest element along one axis, the first one if several are equal; NaN counts as the
 * largest. Not differentiable.
 */
export function argMax(x: Tensor, axis: number): Tensor {
  expectDType('argMax', 'x', x, 'f32');
  const at = axisOf('argMax', axis, x.rank);
  const y = empty(x.device, reducedShapes(x.shape, [at]).dropped, 'u32', 'argMax');
  const params = { length: x.shape[at] as number, inner: sizeOf(x.shape.slice(at + 1)), count: y.size };
  x.device.dispatch(kernels.argMax, { label: 'argMax', bind: { x, y }, params, threads: y.size });
  return y;
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
];
