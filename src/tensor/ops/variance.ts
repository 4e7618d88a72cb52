import { checkValue, notNegative } from '../../gpu/check-options.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { div, mul, sub } from './binary.ts';
import { type Axes, sumOver } from './broadcast.ts';
import { equal } from './compare.ts';
import { maximum } from './extremum.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { sqrt } from './unary.ts';
import { where } from './where.ts';

/** The smallest normal f32. */
const SMALLEST = 2 ** -126;

function spread(
  name: 'variance' | 'std',
  x: Tensor,
  axes: Axes | undefined,
  correction: number,
  keepDims: boolean,
): Tensor {
  expectDType(name, 'x', x, 'f32');
  checkValue(name, 'correction', correction, notNegative);
  const total = sumOver(name, x, axes, true);
  const difference = sub(x, mul(total, total.size / x.size));
  const squares = sumOver(name, mul(difference, difference), axes, keepDims);
  return div(squares, Math.max(0, x.size / squares.size - correction));
}

/**
 * Returns the variance over the given axes (default all), like torch.var: the sum of the squared differences from the
 * mean, divided by n - correction for n elements. The default correction of 1 gives the unbiased estimate, for which a
 * single element is not enough: its variance is NaN. The mean is computed first, so a large mean costs no precision.
 * @throws RangeError for a negative correction
 */
export function variance(x: Tensor, axes?: Axes, correction = 1, keepDims = false): Tensor {
  return scope(() => spread('variance', x, axes, correction, keepDims));
}

/**
 * Returns the standard deviation over the given axes (default all), like torch.std: the square root of `variance`. Where it
 * is 0, its gradient is 0.
 * @throws RangeError for a negative correction
 */
export function std(x: Tensor, axes?: Axes, correction = 1, keepDims = false): Tensor {
  return scope(() => {
    const squared = spread('std', x, axes, correction, keepDims);
    // the root of a number above 0, because the slope of a root at 0 is infinite
    return where(equal(squared, 0), 0, sqrt(maximum(squared, SMALLEST)));
  });
}

export const varianceInfos: OpInfo[] = [
  {
    name: 'variance',
    doc: 'variance over axes',
    gradient: 'dx = 2 (x - mean) dy / (n - correction)',
    cost: elementwiseCost,
  },
  {
    name: 'std',
    doc: 'standard deviation over axes',
    gradient: 'dx = (x - mean) dy / ((n - correction) y), 0 where y is 0',
    cost: elementwiseCost,
  },
];
