import { full } from '../create.ts';
import { DTypeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { holds } from '../host-values.ts';
import { scope } from '../scope.ts';
import { type Backward, differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './broadcast.ts';
import { type BinaryOperation, combine } from './combine.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { neg } from './unary.ts';

/** A tensor, or a number that is broadcast. */
export type Operand = Tensor | number;

/** Returns both operands as tensors of the same type; at least one must be a tensor. */
export function operands(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a !== 'number') expectTensor(op, 'the first operand', a, 'a tensor or a number');
  if (typeof b !== 'number') expectTensor(op, 'the second operand', b, 'a tensor or a number');
  if (typeof a === 'number' && typeof b === 'number') {
    throw new Error(`${op}: got ${a} and ${b}, expected a tensor among the operands`);
  }
  const like = (typeof a === 'number' ? b : a) as Tensor;
  const { device, dtype } = like;
  if (dtype === 'f16')
    throw new DTypeError(`${op}: got f16 tensors, expected f32. Use cast(x, 'f32') first.`);
  const [left, right] = [a, b].map((x) => {
    if (typeof x !== 'number') return x;
    if (!holds(dtype, x)) {
      throw new DTypeError(
        `${op}: got a tensor of type ${dtype} and the number ${x}, which ${dtype} cannot hold. Use cast(x, 'f32') first.`,
      );
    }
    return full(device, [], x, dtype);
  }) as [Tensor, Tensor];
  if (left.dtype !== right.dtype) {
    throw new DTypeError(
      `${op}: got types ${left.dtype} and ${right.dtype}, expected equal types. Use cast() first.`,
    );
  }
  return [left, right];
}

type Save = (tensor: Tensor) => Tensor;

/** Tapes a (operation) b. `setup` computes gradients in the shape of the result, which are then summed to that of each operand. */
function taped(
  name: BinaryOperation,
  left: Operand,
  right: Operand,
  setup: (save: Save, a: Tensor, b: Tensor) => Backward,
): Tensor {
  // a number becomes a tensor, which the scope frees
  return scope(() => {
    const [a, b] = operands(name, left, right);
    return differentiable(name, combine(name, a, b), [a, b], (save) => {
      const shapes = [a.shape, b.shape] as const;
      const parts = setup(save, a, b);
      return (dy, slots, gradients) =>
        parts(dy, slots, gradients).map((g, i) =>
          g && slots.wants(i) ? sumTo(g, shapes[i as 0 | 1]) : null,
        );
    });
  });
}

/** a + b, broadcasting */
export function add(a: Operand, b: Operand): Tensor {
  return taped('add', a, b, () => (dy) => [dy, dy]);
}

/** a - b, broadcasting */
export function sub(a: Operand, b: Operand): Tensor {
  return taped('sub', a, b, () => (dy, slots) => [dy, slots.wants(1) ? neg(dy) : null]);
}

/** a * b, broadcasting */
export function mul(a: Operand, b: Operand): Tensor {
  return taped('mul', a, b, (save, left, right) => {
    const p = right.requiresGrad ? save(left) : null;
    const q = left.requiresGrad ? save(right) : null;
    return (dy) => [q && mul(dy, q), p && mul(dy, p)];
  });
}

/** a / b, broadcasting */
export function div(a: Operand, b: Operand): Tensor {
  return taped('div', a, b, (save, left, right) => {
    const q = save(right);
    const p = right.requiresGrad ? save(left) : null;
    return (dy) => {
      // (dy / q) (p / q) would be wrong where a denormal dy / q is flushed to 0 and p / q is infinite
      return [div(dy, q), p && neg(mul(dy, div(div(p, q), q)))];
    };
  });
}

const DOCS = { add: 'a + b', sub: 'a - b', mul: 'a b', div: 'a / b' } as const;

const GRADIENTS = {
  add: 'da = dy, db = dy',
  sub: 'da = dy, db = -dy',
  mul: 'da = dy b, db = dy a',
  div: 'da = dy / b, db = -dy a / b^2',
} as const;

export const binaryInfos: OpInfo[] = /* @__PURE__ */ (['add', 'sub', 'mul', 'div'] as const).map((name) => ({
  name,
  doc: `${DOCS[name]} for two tensors or a tensor and a number, broadcasting`,
  gradient: GRADIENTS[name],
  cost: elementwiseCost,
}));
