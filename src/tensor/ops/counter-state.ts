import * as kernels from '../../kernels/index.ts';
import { show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Checks the state [seedLow, seedHigh, stream, counter] of a random op. */
export function expectCounterState(op: string, state: Tensor): void {
  if (state.dtype !== 'u32' || state.shape.join() !== '4') {
    throw new Error(
      `${op}: state is ${state.dtype} ${show(state.shape)}, expected u32 [4] = [seedLow, seedHigh, stream, counter]`,
    );
  }
}

/** Adds 1 to the counter on the GPU, so that a replayed recording draws anew. */
export function advanceCounter(state: Tensor): void {
  state.device.dispatch(kernels.counterAdvance, {
    label: 'advance counter',
    bind: { state },
    workgroups: [1, 1, 1],
  });
}
