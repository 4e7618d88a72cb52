import type { DispatchSpec } from '../../gpu/dispatch.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Functions of one number, in the order of the kernels' FUNCTION override. */
const FUNCTIONS = [
  'neg',
  'exp',
  'log',
  'sqrt',
  'abs',
  'relu',
  'relu6',
  'sigmoid',
  'hardSigmoid',
  'hardSwish',
] as const;

function unary(name: (typeof FUNCTIONS)[number], x: Tensor): Tensor {
  expectDType(name, 'x', x, 'f32');
  const FUNCTION = FUNCTIONS.indexOf(name);
  const { count4: count, defines } = inVec4(x.size);
  const spec = { label: name, params: { count }, overrides: { FUNCTION }, defines, threads: count };
  const y = empty(x.device, x.shape, 'f32', name);
  x.device.dispatch(kernels.unary, { ...spec, bind: { x, y } });
  return differentiable(name, y, [x], (save) => {
    const saved = save(x);
    return (dy, slots, gradients) => [gradients.unary(spec, saved, dy, slots.output(0))];
  });
}

/** Computes the gradient of x; called through `ops/gradients.ts`. */
export function unaryGradient(spec: Omit<DispatchSpec, 'bind'>, x: Tensor, dy: Tensor, dx: Tensor): Tensor {
  dy.device.dispatch(kernels.unaryGrad, { ...spec, label: `${spec.label} gradient`, bind: { x, dy, dx } });
  return dx;
}

/** -x */
export const neg = (x: Tensor): Tensor => unary('neg', x);
/** e to the x */
export const exp = (x: Tensor): Tensor => unary('exp', x);
/** Natural logarithm; -Infinity at 0, NaN for negative numbers. */
export const log = (x: Tensor): Tensor => unary('log', x);
/** Square root; NaN for negative numbers. */
export const sqrt = (x: Tensor): Tensor => unary('sqrt', x);
/** |x|, with slope 0 at 0 */
export const abs = (x: Tensor): Tensor => unary('abs', x);
/** max(x, 0) */
export const relu = (x: Tensor): Tensor => unary('relu', x);
/** min(max(x, 0), 6) */
export const relu6 = (x: Tensor): Tensor => unary('relu6', x);
/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: Tensor): Tensor => unary('sigmoid', x);
/** relu6(x + 3) / 6 (Howard et al., MobileNetV3, ICCV 2019) */
export const hardSigmoid = (x: Tensor): Tensor => unary('hardSigmoid', x);
/** x * relu6(x + 3) / 6 (Howard et al., MobileNetV3, ICCV 2019) */
export const hardSwish = (x: Tensor): Tensor => unary('hardSwish', x);

const GRADIENTS = {
  neg: 'dx = -dy',
  exp: 'dx = dy exp(x)',
  log: 'dx = dy / x',
  sqrt: 'dx = dy / (2 sqrt(x))',
  abs: 'dx = dy sign(x)',
  relu: 'dx = dy where x > 0, else 0',
  relu6: 'dx = dy where 0 < x < 6, else 0',
  sigmoid: 'dx = dy s(x) (1 - s(x))',
  hardSigmoid: 'dx = dy / 6 where -3 < x < 3, else 0',
  hardSwish: 'dx = dy (2x + 3) / 6 where -3 < x < 3, dy above, 0 below',
} as const;

const DOCS = {
  neg: 'negative of each element',
  exp: 'exponential of each element',
  log: 'natural logarithm of each element',
  sqrt: 'square root of each element',
  abs: 'absolute value of each element',
  relu: 'x where x > 0, else 0',
  relu6: 'x limited to 0..6',
  sigmoid: '1 / (1 + exp(-x))',
  hardSigmoid: 'relu6(x + 3) / 6',
  hardSwish: 'x relu6(x + 3) / 6',
} as const;

export const unaryInfos: OpInfo[] = /* @__PURE__ */ FUNCTIONS.map((name) => ({
  name,
  doc: DOCS[name],
  gradient: GRADIENTS[name],
  cost: elementwiseCost,
}));
