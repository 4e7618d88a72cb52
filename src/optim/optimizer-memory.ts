import type { Device } from '../gpu/device.ts';
import { zeros } from '../tensor/create.ts';
import { keep } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Returns `size` zeros, f32, that are counted as memory of the optimizer and outlive the scope. */
export function optimizerMemory(device: Device, size: number): Tensor {
  return device.withOwner('optimizer', () => keep(zeros(device, [size])));
}
