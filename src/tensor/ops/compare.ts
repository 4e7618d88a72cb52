import * as kernels from '../../kernels/index.ts';
import { scope } from '../scope.ts';
import { broadcastShapes } from '../shape.ts';
import { noGrad } from '../tape.ts';
import { type DType, empty, type Tensor } from '../tensor.ts';
import { type Operand, operands } from './binary.ts';
import { expand } from './broadcast.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** In the order of the kernel's COMPARISON override. */
const COMPARISONS = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const;

/** In the order of the kernel's TYPE override. */
const TYPES: readonly DType[] = ['f32', 'u32', 'i32'];

function compare(name: (typeof COMPARISONS)[number], left: Operand, right: Operand): Tensor {
  return scope(() =>
    noGrad(() => {
      const [a, b] = operands(name, left, right);
      const shape = broadcastShapes(name, a.shape, b.shape);
      const y = empty(a.device, shape, 'u32', name);
      a.device.dispatch(kernels.compare, {
        label: name,
        bind: { a: expand(a, shape), b: expand(b, shape), y },
        params: { count: y.size },
        overrides: { COMPARISON: COMPARISONS.indexOf(name), TYPE: TYPES.indexOf(a.dtype) },
        threads: y.size,
      });
      return y;
    }),
  );
}

/** a == b as u32 0 or 1, broadcasting; 0 and -0 are equal, NaN equals nothing */
export const equal = (a: Operand, b: Operand): Tensor => compare('equal', a, b);
/** a != b as u32 0 or 1, broadcasting; so `notEqual(x, x)` is 1 where x is NaN */
export const notEqual = (a: Operand, b: Operand): Tensor => compare('notEqual', a, b);
/** a < b as u32 0 or 1, broadcasting */
export const less = (a: Operand, b: Operand): Tensor => compare('less', a, b);
/** a <= b as u32 0 or 1, broadcasting */
export const lessEqual = (a: Operand, b: Operand): Tensor => compare('lessEqual', a, b);
/** a > b as u32 0 or 1, broadcasting */
export const greater = (a: Operand, b: Operand): Tensor => compare('greater', a, b);
/** a >= b as u32 0 or 1, broadcasting */
export const greaterEqual = (a: Operand, b: Operand): Tensor => compare('greaterEqual', a, b);

const SYMBOLS = {
  equal: '==',
  notEqual: '!=',
  less: '<',
  lessEqual: '<=',
  greater: '>',
  greaterEqual: '>=',
} as const;

export const compareInfos: OpInfo[] = /* @__PURE__ */ COMPARISONS.map((name) => ({
  name,
  doc: `a ${SYMBOLS[name]} b per element, as 0 or 1`,
  gradient: null,
  cost: elementwiseCost,
}));
