import * as kernels from '../../kernels/index.ts';
import { fillWith } from '../accumulate.ts';
import { expectDType } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** In the order of the kernel's FUNCTION override. */
const FUNCTIONS = ['sign', 'floor', 'ceil', 'round'] as const;

function rounded(name: (typeof FUNCTIONS)[number], x: Tensor): Tensor {
  expectDType(name, 'x', x, 'f32');
  const y = empty(x.device, x.shape, 'f32', name);
  x.device.dispatch(kernels.rounding, {
    label: name,
    bind: { x, y },
    params: { count: x.size },
    overrides: { FUNCTION: FUNCTIONS.indexOf(name) },
    threads: x.size,
  });
  return differentiable(name, y, [x], () => (_, slots) => [slots.fill(0, (dx) => fillWith(dx, 0))]);
}

/** Returns -1, 0 or 1 by the sign of each element; 0 for 0, -0 and NaN, like torch.sign. The gradient is 0. */
export const sign = (x: Tensor): Tensor => rounded('sign', x);
/** Returns the largest integer not above each element. The gradient is 0. */
export const floor = (x: Tensor): Tensor => rounded('floor', x);
/** Returns the smallest integer not below each element. The gradient is 0. */
export const ceil = (x: Tensor): Tensor => rounded('ceil', x);
/**
 * Returns the nearest integer to each element; halves are rounded to the even one, as in torch.round. The gradient is
 * 0.
 */
export const round = (x: Tensor): Tensor => rounded('round', x);

const DOCS = {
  sign: '-1, 0 or 1 by the sign of each element',
  floor: 'the largest integer not above each element',
  ceil: 'the smallest integer not below each element',
  round: 'the nearest integer; halves are rounded to the even one',
} as const;

export const roundingInfos: OpInfo[] = /* @__PURE__ */ FUNCTIONS.map((name) => ({
  name,
  doc: DOCS[name],
  gradient: 'dx = 0',
  cost: elementwiseCost,
}));
