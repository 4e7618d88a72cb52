import { scope } from '../scope.ts';
import { differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { mul, type Operand, operands } from './binary.ts';
import { sumTo } from './broadcast.ts';
import { combine } from './combine.ts';
import { equal, greater, less } from './compare.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { where } from './where.ts';

function extremum(name: 'minimum' | 'maximum', left: Operand, right: Operand): Tensor {
  const [a, b] = operands(name, left, right);
  return differentiable(name, combine(name, a, b), [a, b], (save) => {
    const [p, q] = [save(a), save(b)];
    return (dy, slots) => {
      const [losesP, losesQ] = name === 'minimum' ? [greater, less] : [less, greater];
      const shared = where(equal(p, q), mul(dy, 0.5), dy);
      return [
        slots.wants(0) ? sumTo(where(losesP(p, q), 0, shared), p.shape) : null,
        slots.wants(1) ? sumTo(where(losesQ(p, q), 0, shared), q.shape) : null,
      ];
    };
  });
}

/**
 * Returns the smaller of a and b, broadcasting. If they are equal, each receives half of the gradient. If either is
 * NaN, the result is NaN and both receive the gradient.
 */
export const minimum = (a: Operand, b: Operand): Tensor => scope(() => extremum('minimum', a, b));

/**
 * Returns the larger of a and b, broadcasting. If they are equal, each receives half of the gradient. If either is NaN,
 * the result is NaN and both receive the gradient.
 */
export const maximum = (a: Operand, b: Operand): Tensor => scope(() => extremum('maximum', a, b));

const GRADIENTS = {
  minimum: 'dy flows to the smaller one; if they are equal, half to each',
  maximum: 'dy flows to the larger one; if they are equal, half to each',
} as const;

export const extremumInfos: OpInfo[] = /* @__PURE__ */ (['minimum', 'maximum'] as const).map((name) => ({
  name,
  doc: `${name} of two tensors or a tensor and a number, broadcasting`,
  gradient: GRADIENTS[name],
  cost: elementwiseCost,
}));
