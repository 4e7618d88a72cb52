import { encodeSafetensors, type SafetensorsTensor } from '../../src/formats/index.ts';
import { benchmarkWeights } from '../lib/weights.ts';

/** Returns the weights for all libraries as a safetensors file, which a library's process reads. */
export function weightsFile(): Uint8Array {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { shape, data }] of benchmarkWeights()) {
    tensors.set(name, { dtype: 'F32', shape, data: data as Float32Array<ArrayBuffer> });
  }
  return encodeSafetensors(tensors);
}
