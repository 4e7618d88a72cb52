// In evaluation inside noGrad, batch norm, activation and residual are fused into the convolution.
import { afterAll, describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { ConvNormActivation, DepthwiseNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { CoordinateAttention } from '../../src/layers/coordinate-attention.ts';
import { InvertedResidual } from '../../src/layers/inverted-residual.ts';
import type { Module } from '../../src/layers/module.ts';
import { SqueezeExcitation } from '../../src/layers/squeeze-excitation.ts';
import { randn } from '../../src/tensor/create.ts';
import type { Activation } from '../../src/tensor/ops/batch-norm.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { expectClose } from '../reference/expect-close.ts';
import { openDevice, testDevice } from '../support/device.ts';

let plain: Promise<Device> | undefined;
afterAll(async () => (await plain)?.destroy());

/** The module's output with and without fusion; its running statistics are random, not 0 and 1. */
async function bothWays(device: Device, module: Module, shape: number[]) {
  module.to(device, { seed: 5 }).eval();
  for (const [name, { value }] of [...module.namedBuffers(), ...module.namedParameters()]) {
    const channels = Array.from({ length: value.size }, (_, i) => Math.sin(3 * i + name.length));
    if (name.endsWith('running_var')) value.write(channels.map((v) => 1.2 + v));
    else if (/running_mean|\.bias$/.test(name)) value.write(channels);
  }
  const x = randn(device, shape, { seed: 6 });
  const run = async (forward: () => Tensor) => {
    const before = device.stats.dispatches;
    const data = (await forward().data()) as Float32Array;
    return { data, dispatches: device.stats.dispatches - before };
  };
  const layered = await run(() => module.call(x));
  const fused = await run(() => noGrad(() => module.call(x)));
  module.dispose();
  return { layered, fused };
}

const ACTIVATIONS: Activation[] = ['none', 'relu', 'relu6', 'hardSwish', 'sigmoid', 'hardSigmoid', 'silu'];

describe.each([
  ['the unchanged device', testDevice],
  ['without subgroups', () => (plain ??= openDevice({ without: ['subgroups'] }))],
] as const)('%s', (_, open) => {
  test.each(ACTIVATIONS)('1 x 1, activation %s', async (activation) => {
    const module = new ConvNormActivation(12, 20, 1, { activation });
    const { layered, fused } = await bothWays(await open(), module, [2, 3, 3, 12]);
    expect(fused.dispatches).toBe(1);
    expectClose(fused.data, layered.data, { rtol: 1e-5, atol: 1e-5 });
  });

  test.each([
    ['3 x 3, stride 2', new ConvNormActivation(3, 8, 3, { stride: 2, activation: 'hardSwish' }), 3],
    ['3 x 3 to 15 channels', new ConvNormActivation(4, 15, 3, { activation: 'relu' }), 4],
    ['5 x 5 depthwise', new DepthwiseNormActivation(12, 5, { activation: 'hardSwish' }), 12],
    ['3 x 3 depthwise, 21 channels', new DepthwiseNormActivation(21, 3, { stride: 2 }), 21],
  ] as const)('%s', async (_, module, channels) => {
    const { layered, fused } = await bothWays(await open(), module, [2, 6, 5, channels]);
    expect(fused.dispatches).toBe(1);
    expectClose(fused.data, layered.data, { rtol: 1e-5, atol: 1e-5 });
  });

  test.each(ACTIVATIONS)('1 x 1 to 15 channels, activation %s', async (activation) => {
    const module = new ConvNormActivation(8, 15, 1, { activation });
    const { layered, fused } = await bothWays(await open(), module, [2, 3, 3, 8]);
    expect(fused.dispatches).toBe(1);
    expectClose(fused.data, layered.data, { rtol: 1e-5, atol: 1e-5 });
  });

  test.each(['avg', 'max', 'complementary'] as const)('coordinate attention, %s', async (pooling) => {
    const module = new CoordinateAttention(480, { pooling });
    const { layered, fused } = await bothWays(await open(), module, [2, 4, 3, 480]);
    expect(fused.dispatches).toBe(2);
    expectClose(fused.data, layered.data, { rtol: 1e-5, atol: 1e-5 });
  });

  test('squeeze-excitation', async () => {
    const { layered, fused } = await bothWays(await open(), new SqueezeExcitation(72), [2, 4, 3, 72]);
    expect(fused.dispatches).toBe(2);
    expectClose(fused.data, layered.data, { rtol: 1e-5, atol: 1e-5 });
  });

  test('an inverted residual adds its input in the projection', async () => {
    const module = new InvertedResidual({ input: 8, expanded: 24, output: 8, kernelSize: 3 });
    const { layered, fused } = await bothWays(await open(), module, [2, 5, 5, 8]);
    expect(module.hasResidual).toBe(true);
    expect(fused.dispatches).toBe(3);
    expectClose(fused.data, layered.data, { rtol: 1e-5, atol: 1e-5 });
  });
});
