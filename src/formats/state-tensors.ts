import type { StateDict } from '../layers/state-dict.ts';
import { toFloat16 } from './float16.ts';
import { type SafetensorsTensor, toFloat32 } from './safetensors.ts';

/** The largest number of half precision. */
const HALF_MAX = 65504;

/** A file's tensors as a state dict: singles, whatever they were stored as. */
export function stateOf(tensors: ReadonlyMap<string, SafetensorsTensor>): StateDict {
  const state: StateDict = new Map();
  for (const [name, tensor] of tensors) {
    const data = toFloat32(tensor);
    state.set(name, { shape: [...tensor.shape], data: data as Float32Array<ArrayBuffer> });
  }
  return state;
}

/**
 * A state dict as tensors to write. 'f16' halves what has two axes or more, which is 97 % of a network. Vectors
 * (batch norm's scale, shift, mean and variance, and biases) stay singles: they are few, a running variance may lie
 * beyond half precision on either side, and they scale whole channels. So does a weight with a number beyond 65,504.
 * PyTorch's counters `num_batches_tracked`, which a state read from its files has, are left out.
 */
export function tensorsOf(state: StateDict, dtype: 'f32' | 'f16' = 'f32'): Map<string, SafetensorsTensor> {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { shape, data }] of state) {
    if (name.endsWith('num_batches_tracked')) continue;
    if (data instanceof Uint32Array) tensors.set(name, { dtype: 'U32', shape, data });
    else if (dtype === 'f16' && isHalf(shape, data)) {
      tensors.set(name, { dtype: 'F16', shape, data: toFloat16(data) });
    } else tensors.set(name, { dtype: 'F32', shape, data });
  }
  return tensors;
}

/** Whether a tensor is stored in half precision where that is asked for. */
export function isHalf(shape: readonly number[], data: Float32Array): boolean {
  return shape.length > 1 && data.every((value) => Math.abs(value) <= HALF_MAX);
}
