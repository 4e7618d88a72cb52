import { checkValue, notNegative } from '../../gpu/check-options.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import { differentiable, noGrad } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { div, mul, sub } from './binary.ts';
import { type Axes, sumOver } from './broadcast.ts';
import { equal } from './compare.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reshape } from './reshape.ts';
import { sqrt } from './unary.ts';
import { where } from './where.ts';

/** The variance, or its square root, with the gradients of torch.var and torch.std. */
function spread(
  name: 'variance' | 'std',
  x: Tensor,
  axes: Axes | undefined,
  correction: number,
  keepDims: boolean,
): Tensor {
  expectDType(name, 'x', x, 'f32');
  checkValue(name, 'correction', correction, notNegative);
  return scope(() => {
    const [y, center, divisor] = noGrad(() => {
      const total = sumOver(name, x, axes, true);
      const count = x.size / total.size;
      const mean = div(total, count);
      const difference = sub(x, mean);
      const sums = sumOver(name, mul(difference, difference), axes, keepDims);
      const most = Math.max(0, count - correction);
      const variance = div(sums, most);
      return [name === 'std' ? sqrt(variance) : variance, mean, most] as const;
    });
    return differentiable(name, y, [x], (save) => {
      const [savedX, savedCenter] = [save(x), save(center)];
      const savedY = name === 'std' ? save(y) : null;
      return (dy) => {
        const slope = savedY
          ? where(equal(savedY, 0), 0, div(dy, mul(savedY, divisor)))
          : div(dy, divisor / 2);
        return [mul(sub(savedX, savedCenter), reshape(slope, savedCenter.shape))];
      };
    });
  });
}

/**
 * Returns the variance over the given axes (default all), like torch.var: the sum of the squared differences from the
 * mean, divided by n - correction for n elements. The default correction of 1 gives the unbiased estimate, for which a
 * single element is not enough: its variance is NaN. The mean is computed first, so a large mean costs no precision.
 * @throws RangeError for a negative correction
 */
export function variance(x: Tensor, axes?: Axes, correction = 1, keepDims = false): Tensor {
  return spread('variance', x, axes, correction, keepDims);
}

/**
 * Returns the standard deviation over the given axes (default all), like torch.std: the square root of `variance`. Where it
 * is 0, its gradient is 0.
 * @throws RangeError for a negative correction
 */
export function std(x: Tensor, axes?: Axes, correction = 1, keepDims = false): Tensor {
  return spread('std', x, axes, correction, keepDims);
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
