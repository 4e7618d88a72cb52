import { describe, expect, test } from 'vitest';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { random, randomNormal } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { batchNorm } from '../reference/ops/batch-norm.ts';
import { checkModule } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const shapes = [
  [2, 3, 5, 4],
  [1, 7, 1, 15],
  [3, 2, 2, 21],
  [5, 1, 1, 1],
];
const activations = ['none', 'relu', 'relu6', 'hardSwish', 'sigmoid', 'hardSigmoid', 'silu'] as const;

describe.each(['train', 'eval'] as const)('BatchNorm2d, %s', (mode) => {
  test.each(shapes)('[%i, %i, %i, %i]', async (...shape) => {
    const options = { eps: 1e-3, momentum: 0.3, activation: 'hardSwish' } as const;
    await checkModule(await testDevice(), {
      module: new BatchNorm2d(shape[3]!, options),
      input: randomNormal(shape, 1, 2, 3),
      mode,
      reference: (x, state) => state.norm(x, 'm', options),
    });
  });

  test.each(activations)('with %s, PyTorch defaults', async (activation) => {
    await checkModule(await testDevice(), {
      module: new BatchNorm2d(6, { activation }),
      input: randomNormal([3, 4, 3, 6], 2, 3),
      mode,
      reference: (x, state) => state.norm(x, 'm', { eps: 1e-5, momentum: 0.1, activation }),
    });
  });
});

test('running statistics follow several batches; evaluation uses them without changing them', async () => {
  const device = await testDevice();
  const layer = new BatchNorm2d(3, { momentum: 0.25 }).to(device);
  const statistics = () => Promise.all([layer.running_mean.value.data(), layer.running_var.value.data()]);
  const [gamma, beta] = [random([3], 0, 1, 1), random([3], 0, 0, 0)];
  let expected: Partial<ReturnType<typeof batchNorm>> = {};
  for (let i = 0; i < 4; i++) {
    const x = randomNormal([2, 3, 3, 3], i, 1 + i, i);
    // the momentum may be changed while training
    if (i === 2) layer.momentum = 0.5;
    const { runningMean, runningVariance } = expected;
    expected = batchNorm(x, gamma, beta, {
      mode: 'train',
      eps: 1e-5,
      momentum: layer.momentum,
      runningMean,
      runningVariance,
    });
    layer.call(onDevice(device, x)).dispose();
    const [mean, variance] = await statistics();
    expectClose(mean, expected.runningMean!, { label: 'mean' });
    expectClose(variance, expected.runningVariance!, { label: 'variance' });
  }
  layer.eval();
  const before = await statistics();
  const x = randomNormal([1, 2, 2, 3], 9);
  const y = layer.call(onDevice(device, x));
  const { runningMean, runningVariance } = expected;
  const wanted = batchNorm(x, gamma, beta, { mode: 'eval', eps: 1e-5, runningMean, runningVariance });
  expectClose(await y.data(), wanted.output);
  expect(await statistics()).toEqual(before);
  layer.dispose();
});

test('rejects mismatched arguments', async () => {
  const device = await testDevice();
  const layer = new BatchNorm2d(4).to(device);
  expect(() => layer.call(onDevice(device, random([1, 2, 2, 5], 1)))).toThrow(
    'gamma for input [1, 2, 2, 5] has shape [4], expected [5]',
  );
  expect(() => layer.outputShape([1, 2, 2, 5])).toThrow('expected 4');
  layer.dispose();
});
