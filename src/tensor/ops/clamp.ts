import { checkValue, number } from '../../gpu/check-options.ts';
import { full } from '../create.ts';
import { DTypeError } from '../errors.ts';
import { expectNumbers } from '../expect.ts';
import { holds } from '../host-values.ts';
import { scope } from '../scope.ts';
import { differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './binary.ts';
import { combine } from './combine.ts';
import { greaterEqual, lessEqual } from './compare.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { where } from './where.ts';

/**
 * Limits each element to min .. max, like torch.clamp: f32, i32 or u32 of any shape. Either bound may be null, which
 * means no bound; if min is above max, all elements become max. NaN stays NaN. The gradient is 1 between the bounds and
 * at them, 0 outside and for NaN.
 * @throws Error without a bound
 * @throws DTypeError for a bound that the type of x cannot hold
 */
export function clamp(x: Tensor, min?: number | null, max?: number | null): Tensor {
  expectNumbers('clamp', 'x', x);
  for (const [name, bound] of Object.entries({ min, max })) {
    if (bound === undefined || bound === null) continue;
    checkValue('clamp', name, bound, number);
    if (!holds(x.dtype, bound)) {
      throw new DTypeError(
        `clamp: ${name}: got ${bound}, which ${x.dtype} cannot hold. Use cast(x, 'f32') first.`,
      );
    }
  }
  if ((min ?? max ?? null) === null) {
    throw new Error('clamp: no bound is given (got neither min nor max). Pass min, max or both.');
  }
  const bounded = (y: Tensor, name: 'minimum' | 'maximum', bound?: number | null) =>
    typeof bound === 'number' ? combine(name, y, full(x.device, [], bound, x.dtype), 'clamp') : y;
  return scope(() => {
    const y = bounded(bounded(x, 'maximum', min), 'minimum', max);
    return differentiable('clamp', y, [x], (save) => {
      const saved = save(x);
      return (dy) => {
        const above = typeof min === 'number' ? greaterEqual(saved, min) : null;
        const below = typeof max === 'number' ? lessEqual(saved, max) : null;
        return [where(above && below ? mul(above, below) : ((above ?? below) as Tensor), dy, 0)];
      };
    });
  });
}

export const clampInfo: OpInfo = {
  name: 'clamp',
  doc: 'each element limited to min .. max',
  gradient: 'dx = dy where min <= x <= max, else 0',
  cost: elementwiseCost,
};
