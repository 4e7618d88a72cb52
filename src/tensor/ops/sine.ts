import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { mul } from './binary.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { neg } from './unary.ts';

function wave(name: 'sin' | 'cos', x: Tensor): Tensor {
  expectDType(name, 'x', x, 'f32');
  const y = empty(x.device, x.shape, 'f32', name);
  x.device.dispatch(kernels.sine, {
    label: name,
    bind: { x, y },
    params: { count: x.size },
    overrides: { COSINE: name === 'cos' ? 1 : 0 },
    threads: x.size,
  });
  return differentiable(name, y, [x], (save) => {
    const saved = save(x);
    return (dy) => [mul(dy, name === 'sin' ? cos(saved) : neg(sin(saved)))];
  });
}

/** Returns the sine of each element in radians, accurate for all finite numbers; NaN for infinities. */
export const sin = (x: Tensor): Tensor => wave('sin', x);
/** Returns the cosine of each element in radians, accurate for all finite numbers; NaN for infinities. */
export const cos = (x: Tensor): Tensor => wave('cos', x);

export const sineInfos: OpInfo[] = [
  { name: 'sin', doc: 'sine of each element', gradient: 'dx = dy cos(x)', cost: elementwiseCost },
  { name: 'cos', doc: 'cosine of each element', gradient: 'dx = -dy sin(x)', cost: elementwiseCost },
];
