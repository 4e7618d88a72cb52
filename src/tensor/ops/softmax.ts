import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

function softmaxOf(name: 'softmax' | 'logSoftmax', x: Tensor): Tensor {
  expectDType(name, 'x', x, 'f32');
  const columns = x.shape.at(-1);
  if (!columns) throw new ShapeError(`${name}: x: got a scalar, expected one or more axes`);
  const rows = x.size / columns;
  const overrides = { LOG: name === 'logSoftmax' ? 1 : 0 };
  const y = empty(x.device, x.shape, 'f32', name);
  x.device.dispatch(kernels.softmax, {
    label: name,
    bind: { x, y },
    params: { rows, columns },
    overrides,
    threads: rows,
  });
  return differentiable(name, y, [x], (save) => {
    const saved = save(y);
    return (dy, slots) => {
      return [
        slots.fill(0, (dx) => {
          dy.device.dispatch(kernels.softmaxGrad, {
            label: `${name} gradient`,
            bind: { y: saved, dy, dx },
            params: { rows, columns },
            overrides,
            threads: rows,
          });
        }),
      ];
    };
  });
}

/** Returns exp(x) / sum exp(x) over the last axis, without overflow for large x. */
export const softmax = (x: Tensor): Tensor => softmaxOf('softmax', x);

/** Returns log(softmax(x)) over the last axis, finite even where softmax rounds to 0. */
export const logSoftmax = (x: Tensor): Tensor => softmaxOf('logSoftmax', x);

const GRADIENTS = {
  softmax: 'dx = y (dy - sum(dy y))',
  logSoftmax: 'dx = dy - exp(y) sum(dy)',
} as const;

export const softmaxInfos: OpInfo[] = /* @__PURE__ */ (['softmax', 'logSoftmax'] as const).map((name) => ({
  name,
  doc: `${name} over the last axis`,
  gradient: GRADIENTS[name],
  cost: elementwiseCost,
}));
