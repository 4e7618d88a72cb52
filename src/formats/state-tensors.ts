import { expectState } from '../layers/expect-state.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { toFloat16 } from './float16.ts';
import { type SafetensorsTensor, toFloat32 } from './safetensors.ts';

/** The largest finite number in half precision. */
const HALF_MAX = 65504;

/** Converts a file's tensors to a state dict in single precision, whatever their stored dtype. */
export function stateOf(tensors: ReadonlyMap<string, SafetensorsTensor>): StateDict {
  expectState('stateOf', tensors);
  const state: StateDict = new Map();
  for (const [name, tensor] of tensors) {
    const data = toFloat32(tensor);
    state.set(name, { shape: [...tensor.shape], data: data as Float32Array<ArrayBuffer> });
  }
  return state;
}

/**
 * Converts a state dict to tensors for a file. 'f16' stores tensors with two or more axes in half precision, which are
 * 97 % of the network's parameters. Vectors (batch norm's scale, shift, mean and variance, and biases) stay in single
 * precision: they are small, a running variance may overflow or underflow half precision, and they scale whole
 * channels. A weight with a number beyond 65,504 also stays in single precision. Batch norm's counters
 * `num_batches_tracked` are stored as integers, as in PyTorch.
 */
export function tensorsOf(state: StateDict, dtype: 'f32' | 'f16' = 'f32'): Map<string, SafetensorsTensor> {
  expectState('tensorsOf', state);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { shape, data }] of state) {
    if (name.endsWith('num_batches_tracked')) {
      tensors.set(name, { dtype: 'I64', shape, data: BigInt64Array.from(data, (count) => BigInt(count)) });
    } else if (data instanceof Uint32Array) tensors.set(name, { dtype: 'U32', shape, data });
    else if (dtype === 'f16' && isHalf(shape, data)) {
      tensors.set(name, { dtype: 'F16', shape, data: toFloat16(data) });
    } else tensors.set(name, { dtype: 'F32', shape, data });
  }
  return tensors;
}

/** Returns whether 'f16' stores a tensor in half precision. */
export function isHalf(shape: readonly number[], data: Float32Array): boolean {
  return shape.length > 1 && data.every((value) => Math.abs(value) <= HALF_MAX);
}
