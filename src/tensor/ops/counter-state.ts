import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType } from '../expect.ts';
import { show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Checks the state [seedLow, seedHigh, stream, counter] of a random op. */
export function expectCounterState(op: string, state: Tensor): void {
  expectDType(op, 'state', state, 'u32');
  if (state.shape.join() !== '4') {
    throw new ShapeError(
      `${op}: state is ${state.dtype} ${show(state.shape)}, expected u32 [4] = [seedLow, seedHigh, stream, counter]`,
    );
  }
}

/** Adds 1 to the counter on the GPU, so that each replay of a capture draws new numbers. */
export function advanceCounter(state: Tensor): void {
  state.device.dispatch(kernels.counterAdvance, {
    label: 'advance counter',
    bind: { state },
    workgroups: [1, 1, 1],
  });
}
