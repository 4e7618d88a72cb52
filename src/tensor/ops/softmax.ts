import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { linesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

function softmaxOf(name: 'softmax' | 'logSoftmax', x: Tensor, axis: number): Tensor {
  expectDType(name, 'x', x, 'f32');
  const { length: columns, inner } = linesOf(name, x.shape, axis);
  const rows = x.size / columns;
  const overrides = { LOG: name === 'logSoftmax' ? 1 : 0 };
  const y = empty(x.device, x.shape, 'f32', name);
  x.device.dispatch(kernels.softmax, {
    label: name,
    bind: { x, y },
    params: { rows, columns, inner },
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
            params: { rows, columns, inner },
            overrides,
            threads: rows,
          });
        }),
      ];
    };
  });
}

/** Returns exp(x) / sum exp(x) along an axis (default the last), without overflow for large x. */
export const softmax = (x: Tensor, axis = -1): Tensor => softmaxOf('softmax', x, axis);

/** Returns log(softmax(x)) along an axis (default the last), finite where softmax rounds to 0. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => softmaxOf('logSoftmax', x, axis);

const GRADIENTS = {
  softmax: 'dx = y (dy - sum(dy y))',
  logSoftmax: 'dx = dy - exp(y) sum(dy)',
} as const;

const DOCS = {
  softmax: 'exp(x) / sum(exp(x)) along an axis',
  logSoftmax: 'logarithm of the softmax along an axis',
} as const;

export const softmaxInfos: OpInfo[] = /* @__PURE__ */ (['softmax', 'logSoftmax'] as const).map((name) => ({
  name,
  doc: DOCS[name],
  gradient: GRADIENTS[name],
  cost: elementwiseCost,
}));
