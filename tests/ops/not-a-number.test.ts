// A NaN must reach the loss so that it is noticed, so activations and maxima must propagate it.
import { describe, expect, test } from 'vitest';
import { ConvNormActivation, DepthwiseNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { full, tensor } from '../../src/tensor/create.ts';
import { type Activation, batchNorm } from '../../src/tensor/ops/batch-norm.ts';
import { channelGate } from '../../src/tensor/ops/channel-gate.ts';
import { maximum, minimum } from '../../src/tensor/ops/extremum.ts';
import { maxPool2d } from '../../src/tensor/ops/pool2d.ts';
import * as ops from '../../src/tensor/ops/unary.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { testDevice } from '../support/device.ts';

const CLIPPED: Activation[] = ['relu', 'relu6', 'hardSwish', 'hardSigmoid'];

describe.each(['relu', 'relu6', 'hardSigmoid', 'hardSwish'] as const)('%s', (name) => {
  test.each([4, 5])('of NaN is NaN, among %s numbers', async (count) => {
    const x = tensor(await testDevice(), new Float32Array(count).fill(1).fill(Number.NaN, 2, 3));
    expect([...(await ops[name](x).data())].map(Number.isNaN)).toEqual(
      Array.from({ length: count }, (_, i) => i === 2),
    );
  });
});

test.each([
  ['relu', [0, Number.POSITIVE_INFINITY]],
  ['relu6', [0, 6]],
  ['hardSigmoid', [0, 1]],
] as const)('%s of both infinities', async (name, expected) => {
  const x = tensor(await testDevice(), [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect([...(await ops[name](x).data())]).toEqual(expected);
});

test.each(CLIPPED)('batch norm and %s', async (activation) => {
  const device = await testDevice();
  const [one, zero] = [full(device, [4], 1), full(device, [4], 0)];
  const x = tensor(device, new Float32Array(8).fill(1).fill(Number.NaN, 5, 6), { shape: [2, 4] });
  const settings = { eps: 1e-5, momentum: 0.1, training: false, activation };
  const y = batchNorm(x, one, zero, { mean: zero, variance: one }, settings);
  expect([...(await y.data())].findIndex(Number.isNaN)).toBe(5);
});

test.each([
  ['maximum', maximum],
  ['minimum', minimum],
] as const)('%s, whichever is NaN', async (_, op) => {
  const device = await testDevice();
  for (const count of [4, 5]) {
    const x = tensor(device, new Float32Array(count).fill(2).fill(Number.NaN, 1, 2));
    for (const y of [op(x, 3), op(3, x), op(x, full(device, [count], 3)), op(full(device, [count], 3), x)]) {
      expect([...(await y.data())].map(Number.isNaN)).toEqual([
        false,
        true,
        ...new Array(count - 2).fill(false),
      ]);
    }
  }
});

test('a hard gate', async () => {
  const device = await testDevice();
  const gate = tensor(device, [[[[0, Number.NaN, 0, 0]]]]);
  const y = await channelGate(full(device, [1, 2, 2, 4], 1), gate, 'hardSigmoid').data();
  expect([...y.slice(0, 4)].map(Number.isNaN)).toEqual([false, true, false, false]);
});

test.each([4, 3])('maxPool2d with %s channels, for any position of the NaN', async (channels) => {
  const device = await testDevice();
  for (let place = 0; place < 4; place++) {
    const values = Float32Array.from({ length: 4 * channels }, (_, i) => i - 4);
    values[place * channels] = Number.NaN;
    const y = await maxPool2d(tensor(device, values, { shape: [1, 2, 2, channels] }), {
      kernelSize: 2,
    }).data();
    expect(y[0]).toBeNaN();
    expect(y[1]).toBe(3 * channels + 1 - 4);
  }
});

describe.each(CLIPPED)('%s in the pass of', (activation) => {
  test.each([
    ['a 1 x 1 convolution', () => new ConvNormActivation(8, 8, 1, { activation })],
    ['a 1 x 1 convolution to 5 channels', () => new ConvNormActivation(8, 5, 1, { activation })],
    ['a 3 x 3 convolution', () => new ConvNormActivation(8, 8, 3, { activation })],
    ['a depthwise convolution', () => new DepthwiseNormActivation(8, 3, { activation })],
  ])('%s', async (_, make) => {
    const device = await testDevice();
    const module = make().to(device, { seed: 1 }).eval();
    const x = full(device, [1, 2, 2, 8], Number.NaN);
    const y = await noGrad(() => module.call(x)).data();
    expect([...y].every(Number.isNaN)).toBe(true);
    module.dispose();
  });
});
