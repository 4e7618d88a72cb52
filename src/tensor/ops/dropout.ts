import { checkValue, fraction } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { differentiable, recomputation } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { combine } from './combine.ts';
import { advanceCounter, expectCounterState } from './counter-state.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * Zeroes each element with probability p and scales the others by 1 / (1 - p) (Srivastava et al., JMLR
 * 2014). The mask depends only on `state`, u32 [seedLow, seedHigh, stream, counter], and the element's
 * position; each call adds 1 to the counter on the GPU.
 * @throws Error when p is not in [0, 1) or the state is not u32 [4]
 */
export function dropout(x: Tensor, p: number, state: Tensor): Tensor {
  checkValue('dropout', 'p', p, fraction);
  expectDType('dropout', 'x', x, 'f32');
  expectCounterState('dropout', state);
  const y = empty(x.device, x.shape, 'f32', 'dropout');
  const mask = empty(x.device, x.shape, 'f32', 'dropout mask');
  const count = Math.ceil(x.size / 4);
  // the second run of a checkpoint draws from the state of the first, and does not advance the counter again
  const drawn = recomputation.run?.randomState(state) ?? state;
  x.device.dispatch(kernels.dropout, {
    label: 'dropout',
    bind: { x, state: drawn, mask, y },
    params: { size: x.size, count, p },
    threads: count,
  });
  if (drawn === state) advanceCounter(state);
  const taped = differentiable('dropout', y, [x], (save) => {
    const saved = save(mask);
    return (dy) => [combine('mul', dy, saved)];
  });
  // saved tensors stay allocated
  mask.dispose();
  return taped;
}

export const dropoutInfo: OpInfo = {
  name: 'dropout',
  doc: 'zeroes elements at random',
  gradient: 'dx = dy mask / (1 - p), the same mask',
  cost: elementwiseCost,
};
