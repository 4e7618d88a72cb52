import * as kernels from '../../kernels/index.ts';
import { full } from '../create.ts';
import { DTypeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { scope } from '../scope.ts';
import { broadcastShapes } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { type Operand, operands } from './binary.ts';
import { spread, sumTo } from './broadcast.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

function choose(label: string, condition: Tensor, left: Tensor, right: Tensor): Tensor {
  const shape = broadcastShapes('where', condition.shape, broadcastShapes('where', left.shape, right.shape));
  const y = empty(condition.device, shape, left.dtype, label);
  const [c, a, b] = [spread(condition, shape), spread(left, shape), spread(right, shape)];
  y.device.dispatch(kernels.where, {
    label,
    bind: { condition: c.tensor, a: a.tensor, b: b.tensor, y },
    params: { count: y.size, conditionStep: c.step, aStep: a.step, bStep: b.step },
    threads: y.size,
  });
  return y;
}

/**
 * Selects elements: `a` where the condition (u32, such as the result of a comparison) is not 0, else `b`; all three
 * broadcast. Each element's gradient flows to the selected operand. If both operands are numbers, the result is f32.
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return scope(() => chosen(condition, a, b));
}

function chosen(condition: Tensor, a: Operand, b: Operand): Tensor {
  expectTensor('where', 'condition', condition);
  if (condition.dtype !== 'u32') {
    throw new DTypeError(
      `where: condition is ${condition.dtype}, expected u32. Compare it, as in notEqual(x, 0).`,
    );
  }
  const first = typeof a === 'number' && typeof b === 'number' ? full(condition.device, [], a) : a;
  const [left, right] = operands('where', first, b);
  return differentiable('where', choose('where', condition, left, right), [left, right], (save) => {
    const taken = save(condition);
    const shapes = [left.shape, right.shape] as const;
    return (dy, slots) => {
      const zero = full(dy.device, [], 0);
      return [
        slots.wants(0) ? sumTo(choose('where gradient', taken, dy, zero), shapes[0]) : null,
        slots.wants(1) ? sumTo(choose('where gradient', taken, zero, dy), shapes[1]) : null,
      ];
    };
  });
}

export const whereInfo: OpInfo = {
  name: 'where',
  doc: 'selects elements of two tensors by a condition',
  gradient: 'da = dy where the condition holds, db = dy elsewhere, else 0',
  cost: elementwiseCost,
};
