import { expect } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import type { Module } from '../../src/layers/module.ts';
import type { ModuleBuffer, Parameter } from '../../src/layers/parameter.ts';
import { backward } from '../../src/tensor/backward.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { randomEntry } from '../reference/fer-mobilenetv3-config.ts';
import { NetworkState } from '../reference/fer-mobilenetv3-layers.ts';
import { Value } from '../reference/tape.ts';
import { onDevice } from './check-op.ts';

/** Name of a module in the reference: its parameters are `m.weight`, `m.conv1.bias` and so on. */
export const ROOT = 'm';

export interface ModuleCheck {
  /** not yet on a device */
  module: Module;
  input: NdArray;
  reference: (x: Value, state: NetworkState) => Value;
  mode?: 'train' | 'eval';
  rtol?: number;
  atol?: number;
}

/** Random values, exact in float32, for every f32 parameter and buffer of a module, in the module's layouts. */
export function randomModuleState(module: Module, seed = 1): Map<string, NdArray> {
  return new Map(
    floatState(module).map(([name, { shape }], i) => [
      name,
      randomEntry({ name, shape: [...shape] }, 100 * seed + i),
    ]),
  );
}

/** Parameters and f32 buffers: the others are counters of random numbers, which keep their initial values. */
function floatState(module: Module): [string, Parameter | ModuleBuffer][] {
  const buffers = [...module.namedBuffers()].filter(([, { dtype }]) => dtype === 'f32');
  return [...module.namedParameters(), ...buffers];
}

/** Writes values by name into a module that is on a device. */
export function writeModuleState(module: Module, state: ReadonlyMap<string, NdArray>): void {
  for (const [name, entry] of floatState(module)) {
    entry.value.write(state.get(name)!.data);
  }
}

/** Each parameter's gradient by name. */
export async function gradientsOf(module: Module): Promise<Map<string, Float32Array>> {
  const named = [...module.namedParameters()];
  const missing = named.filter(([, { value }]) => !value.grad).map(([name]) => name);
  if (missing.length > 0) throw new Error(`no gradient arrived at ${missing.join(', ')}`);
  const read = named.map(async ([name, { value }]) => [name, await value.grad!.data()] as const);
  return new Map((await Promise.all(read)) as [string, Float32Array][]);
}

/**
 * Runs a module with random weights forward and backward and compares with the float64 reference: the result,
 * the gradient of a random weighting of it by the input and by every parameter, and the running statistics
 * afterwards. Also: in evaluation the result without a tape is the same, outputShape() returns its shape, and
 * nothing is left in memory.
 */
export async function checkModule(device: Device, check: ModuleCheck): Promise<void> {
  const { module, input, mode = 'train', rtol = 1e-4, atol = 1e-5 } = check;
  const before = device.memory().liveBytes;
  const state = randomModuleState(module);
  const named = new Map([...state].map(([name, entry]) => [`${ROOT}.${name}`, entry]));
  const numbers = new NetworkState(named, mode);
  const x = new Value(input);
  const expected = check.reference(x, numbers);
  const weighting = random(expected.shape, 77);
  expected.backward(weighting.data);

  module.to(device).train(mode === 'train');
  writeModuleState(module, state);
  const leaf = onDevice(device, input, true);
  const y = module.call(leaf);
  expect(y.shape).toEqual(expected.shape);
  expect(module.outputShape(input.shape)).toEqual(expected.shape);
  scope(() => backward(y, { gradient: onDevice(device, weighting) }));

  const close = (actual: ArrayLike<number>, wanted: Float64Array, label: string) => {
    // an element in which large terms cancel has their rounding error
    const greatest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    expectClose(actual, wanted, { rtol, atol: atol * greatest, label });
  };
  close(await y.data(), expected.data, 'result');
  if (mode === 'eval') {
    // without taping, a layer may use fused kernels
    using inferred = noGrad(() => module.call(leaf));
    close(await inferred.data(), expected.data, 'result at inference');
  }
  close(await leaf.grad!.data(), x.grad, 'gradient of the input');
  const gradients = await gradientsOf(module);
  expect([...gradients.keys()].map((name) => `${ROOT}.${name}`).sort()).toEqual(
    [...numbers.parameters.keys()].sort(),
  );
  for (const [name, gradient] of gradients) {
    close(gradient, numbers.parameters.get(`${ROOT}.${name}`)!.grad, `gradient of ${name}`);
  }
  for (const [name, buffer] of module.namedBuffers()) {
    const after = numbers.runningStatistics.get(`${ROOT}.${name}`);
    if (after) close(await buffer.value.data(), after.data, name);
  }
  for (const tensor of [y, leaf]) tensor.dispose();
  module.dispose();
  expect(device.memory().liveBytes).toBe(before);
}
