import { checkValue, number } from '../../gpu/check-options.ts';
import { full } from '../create.ts';
import { DTypeError } from '../errors.ts';
import { expectDType, expectNumbers } from '../expect.ts';
import { holds } from '../host-values.ts';
import { scope } from '../scope.ts';
import type { Shape } from '../shape.ts';
import { differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, type Operand } from './binary.ts';
import { sumTo } from './broadcast.ts';
import { combine } from './combine.ts';
import { greater, greaterEqual, less, lessEqual } from './compare.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { where } from './where.ts';

/** A bound of `clamp`; null and undefined mean no bound. */
export type Bound = Operand | null | undefined;

/**
 * Limits each element to min .. max, like torch.clamp: f32, i32 or u32 of any shape. A bound is a number or a tensor of the
 * same type, which broadcasts with x, or null for no bound; if min is above max, all elements become max. NaN stays NaN. The
 * gradient flows to x between the bounds and at them, and outside to the bound that replaces the element.
 * @throws Error without a bound
 * @throws DTypeError for a bound of another type, or a number that the type of x cannot hold
 */
export function clamp(x: Tensor, min?: Bound, max?: Bound): Tensor {
  expectNumbers('clamp', 'x', x);
  if ((min ?? max ?? null) === null) {
    throw new Error('clamp: no bound is given (got neither min nor max). Pass min, max or both.');
  }
  return scope(() => {
    const [low, high] = [boundOf('min', x, min), boundOf('max', x, max)];
    const raised = low ? combine('maximum', x, low, 'clamp') : x;
    const y = high ? combine('minimum', raised, high, 'clamp') : raised;
    const inputs = [x, low, high].filter((each) => each !== null);
    return differentiable('clamp', y, inputs, (save) => {
      const [saved, savedLow, savedHigh] = [save(x), low && save(low), high && save(high)];
      return (dy, slots) => {
        const above = savedLow && greaterEqual(saved, savedLow);
        const below = savedHigh && lessEqual(saved, savedHigh);
        const isInside = both(above, below);
        const part = (i: number, isTaken: Tensor, shape: Shape) =>
          slots.wants(i) ? sumTo(where(isTaken, dy, 0), shape) : null;
        const gradients = [part(0, isInside, saved.shape)];
        if (savedLow) {
          const isRaised = both(less(saved, savedLow), savedHigh && less(savedLow, savedHigh));
          gradients.push(part(1, isRaised, savedLow.shape));
        }
        if (savedHigh) {
          const isTooHigh = greater(saved, savedHigh);
          const isLimited = savedLow ? add(isTooHigh, less(savedHigh, savedLow)) : isTooHigh;
          gradients.push(part(gradients.length, isLimited, savedHigh.shape));
        }
        return gradients;
      };
    });
  });
}

/** Returns the conditions that hold where both do; null holds everywhere. */
const both = (a: Tensor | null, b: Tensor | null): Tensor => (a && b ? mul(a, b) : ((a ?? b) as Tensor));

function boundOf(name: string, x: Tensor, bound: Bound): Tensor | null {
  if (bound === undefined || bound === null) return null;
  if (typeof bound === 'object' && bound.isTensor) {
    expectDType('clamp', name, bound, x.dtype);
    return bound;
  }
  checkValue('clamp', name, bound, number);
  if (!holds(x.dtype, bound as number)) {
    throw new DTypeError(
      `clamp: ${name}: got ${bound}, which ${x.dtype} cannot hold. Use cast(x, 'f32') first.`,
    );
  }
  return full(x.device, [], bound as number, x.dtype);
}

export const clampInfo: OpInfo = {
  name: 'clamp',
  doc: 'each element limited to min .. max',
  gradient:
    'dx = dy where min <= x <= max, else 0; dmin = dy where x < min < max, dmax = dy where x or min > max',
  cost: elementwiseCost,
};
