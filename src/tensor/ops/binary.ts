import * as kernels from '../../kernels/index.ts';
import { full } from '../create.ts';
import { DTypeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { holds } from '../host-values.ts';
import { scope } from '../scope.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import { type Backward, differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { broadcastStrides, sumTo } from './broadcast.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { eightAxes } from './strided.ts';
import { neg } from './unary.ts';

/** A tensor, or a number that is broadcast. */
export type Operand = Tensor | number;

/** In the order of the kernel's OPERATION override. */
const OPERATIONS = ['add', 'sub', 'mul', 'div', 'minimum', 'maximum'] as const;
type Operation = (typeof OPERATIONS)[number];

/** Both operands as tensors of one type; at least one must be a tensor already. */
export function operands(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a !== 'number') expectTensor(op, 'the first operand', a, 'a tensor or a number');
  if (typeof b !== 'number') expectTensor(op, 'the second operand', b, 'a tensor or a number');
  if (typeof a === 'number' && typeof b === 'number') {
    throw new Error(`${op}: got ${a} and ${b}, expected a tensor among the operands`);
  }
  const like = (typeof a === 'number' ? b : a) as Tensor;
  const { device, dtype } = like;
  if (dtype === 'f16') throw new DTypeError(`${op}: got f16 tensors; cast(x, 'f32') first`);
  const [left, right] = [a, b].map((x) => {
    if (typeof x !== 'number') return x;
    if (!holds(dtype, x)) {
      throw new DTypeError(
        `${op}: got a ${dtype} tensor and the number ${x}, which ${dtype} cannot hold. Use cast(x, 'f32') first.`,
      );
    }
    return full(device, [], x, dtype);
  }) as [Tensor, Tensor];
  if (left.dtype !== right.dtype) {
    throw new DTypeError(`${op}: got ${left.dtype} and ${right.dtype}; both operands must have one type`);
  }
  return [left, right];
}

/** a (op) b without taping. */
export function combine(name: Operation, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(name, a.shape, b.shape);
  const y = empty(a.device, shape, a.dtype, name);
  const flat = sameShape(a.shape, b.shape);
  const four = flat && a.dtype === 'f32' && y.size % 4 === 0;
  const [shapeOuter, shapeInner] = eightAxes(name, shape, 1);
  const [aStridesOuter, aStridesInner] = eightAxes(name, broadcastStrides(a.shape, shape), 0);
  const [bStridesOuter, bStridesInner] = eightAxes(name, broadcastStrides(b.shape, shape), 0);
  const count = four ? y.size / 4 : y.size;
  const nothing = [0, 0, 0, 0];
  a.device.dispatch(kernels.binary, {
    label: name,
    bind: { a, b, y },
    params: flat
      ? {
          shapeOuter: nothing,
          shapeInner: nothing,
          aStridesOuter: nothing,
          aStridesInner: nothing,
          bStridesOuter: nothing,
          bStridesInner: nothing,
          count,
        }
      : { shapeOuter, shapeInner, aStridesOuter, aStridesInner, bStridesOuter, bStridesInner, count },
    overrides: {
      OPERATION: OPERATIONS.indexOf(name),
      BROADCAST: flat ? 0 : 1,
      WHOLE: a.dtype === 'f32' ? 0 : 1,
    },
    substitute: four ? {} : { Element: a.dtype, Bits: 'u32', Flags: 'bool' },
    threads: count,
  });
  return y;
}

type Save = (tensor: Tensor) => Tensor;

/** Tapes a (op) b; `setup` gives the gradients in the result's shape, here they are summed to the operands'. */
function taped(
  name: Operation,
  left: Operand,
  right: Operand,
  setup: (save: Save, a: Tensor, b: Tensor) => Backward,
): Tensor {
  // a number becomes a tensor, which is let go with the scope
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
      // not (dy / q) (p / q), where a denormal dy / q may become 0 beside an infinite p / q
      return [div(dy, q), p && neg(mul(dy, div(div(p, q), q)))];
    };
  });
}

const DOCS = { add: 'adds', sub: 'subtracts', mul: 'multiplies', div: 'divides' } as const;

const GRADIENTS = {
  add: 'da = dy, db = dy',
  sub: 'da = dy, db = -dy',
  mul: 'da = dy b, db = dy a',
  div: 'da = dy / b, db = -dy a / b^2',
} as const;

export const binaryInfos: OpInfo[] = /* @__PURE__ */ (['add', 'sub', 'mul', 'div'] as const).map((name) => ({
  name,
  doc: `${DOCS[name]} two tensors or a tensor and a number, broadcasting`,
  gradient: GRADIENTS[name],
  cost: elementwiseCost,
}));
