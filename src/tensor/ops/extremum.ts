import { scope } from '../scope.ts';
import { differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { add, combine, mul, type Operand, operands, sub } from './binary.ts';
import { cast } from './cast.ts';
import { less, lessEqual } from './compare.ts';
import { sumTo } from './expand.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

function extremum(name: 'minimum' | 'maximum', left: Operand, right: Operand): Tensor {
  const [a, b] = operands(name, left, right);
  return differentiable(name, combine(name, a, b), [a, b], (save) => {
    const [p, q] = [save(a), save(b)];
    return (dy, slots) => {
      // 1 where p is the smaller, 1/2 where they tie, 0 where q is
      const below = mul(add(cast(less(p, q), 'f32'), cast(lessEqual(p, q), 'f32')), 0.5);
      const [toP, toQ] = name === 'minimum' ? [below, sub(1, below)] : [sub(1, below), below];
      return [
        slots.wants(0) ? sumTo(mul(dy, toP), p.shape) : null,
        slots.wants(1) ? sumTo(mul(dy, toQ), q.shape) : null,
      ];
    };
  });
}

/** The smaller of a and b, broadcasting; where they tie each takes half of the gradient. */
export const minimum = (a: Operand, b: Operand): Tensor => scope(() => extremum('minimum', a, b));

/** The larger of a and b, broadcasting; where they tie each takes half of the gradient. */
export const maximum = (a: Operand, b: Operand): Tensor => scope(() => extremum('maximum', a, b));

export const extremumInfos: OpInfo[] = /* @__PURE__ */ (['minimum', 'maximum'] as const).map((name) => ({
  name,
  doc: `${name} of two tensors or a tensor and a number, broadcasting`,
  differentiable: true,
  cost: elementwiseCost,
}));
