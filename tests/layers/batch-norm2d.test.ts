import { describe, expect, test } from 'vitest';
import { decodeWeights, encodeSafetensors, encodeTorch, tensorsOf } from '../../src/formats/index.ts';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { ConvNormActivation } from '../../src/layers/conv-norm-activation.ts';
import type { Conv2d } from '../../src/layers/conv2d.ts';
import { backward } from '../../src/tensor/backward.ts';
import { checkpoint } from '../../src/tensor/checkpoint.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
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
  const statistics = () => Promise.all([layer.running_mean!.value.data(), layer.running_var!.value.data()]);
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
      momentum: layer.momentum!,
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

describe('momentum null', () => {
  /** Batches with a large and a small variance, so that the initial variance of 1 must vanish. */
  const batchAt = (i: number) => randomNormal([2, 3, 3, 3], i, 1e-3 * (1 + i), i);
  const unbiased = (i: number) => {
    const [one, zero] = [random([3], 0, 1, 1), random([3], 0, 0, 0)];
    return batchNorm(batchAt(i), one, zero, { mode: 'train', eps: 1e-5, momentum: 1 });
  };
  const averageOf = (count: number, part: 'runningMean' | 'runningVariance') =>
    [0, 1, 2].map((c) => {
      const list = Array.from({ length: count }, (_, i) => unbiased(i)[part].data[c]!);
      return list.reduce((a, b) => a + b) / count;
    });

  test('averages all batches, also recorded, recomputed and resumed from a state', async () => {
    const device = await testDevice();
    const make = () => new BatchNorm2d(3, { momentum: null }).to(device);
    const [eager, recorded, checkpointed] = [make(), make(), make()];
    const x = onDevice(device, batchAt(0), true);
    const capture = await device.capture(() => scope(() => recorded.call(x)));
    for (let i = 0; i < 5; i++) {
      x.write(batchAt(i).data);
      scope(() => eager.call(x));
      scope(() => backward(sum(checkpoint((each) => checkpointed.call(each), x))));
      capture.run();
      expectClose(await eager.running_mean!.value.data(), averageOf(i + 1, 'runningMean'));
      expectClose(await eager.running_var!.value.data(), averageOf(i + 1, 'runningVariance'), { atol: 0 });
    }
    capture.dispose();
    const states = await Promise.all([eager, recorded, checkpointed].map((each) => each.stateDict()));
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
    expect(states[0]!.get('num_batches_tracked')).toEqual({ shape: [], data: Float32Array.of(5) });
    const resumed = make();
    for (const bytes of [encodeTorch(states[0]!), encodeSafetensors(tensorsOf(states[0]!))]) {
      resumed.loadStateDict(decodeWeights(bytes).state);
      expect(await resumed.stateDict()).toEqual(states[0]);
    }
    x.write(batchAt(5).data);
    scope(() => resumed.call(x));
    expectClose(await resumed.running_var!.value.data(), averageOf(6, 'runningVariance'), { atol: 0 });
    for (const each of [eager, recorded, checkpointed, resumed, x]) each.dispose();
  });

  test('a batch that is not finite changes only the count', async () => {
    const device = await testDevice();
    const layer = new BatchNorm2d(3, { momentum: null }).to(device);
    for (const bad of [null, Number.NaN]) {
      const { shape, data } = batchAt(0);
      layer.call(onDevice(device, { shape, data: bad === null ? data : data.map(() => bad) })).dispose();
    }
    expectClose(await layer.running_mean!.value.data(), averageOf(1, 'runningMean'));
    expect([...(await layer.num_batches_tracked!.value.data())]).toEqual([2]);
    layer.momentum = 0.5;
    scope(() => layer.call(onDevice(device, batchAt(1))));
    expectClose(
      await layer.running_mean!.value.data(),
      averageOf(1, 'runningMean').map((m, c) => (m * 2) / 3 + unbiased(1).runningMean.data[c]! / 3),
    );
    layer.dispose();
    const other = new BatchNorm2d(3).to(device);
    other.momentum = null;
    expect(() => other.call(onDevice(device, batchAt(0)))).toThrow('batchNorm: momentum: got null');
    other.dispose();
  });
});

test.each([
  { affine: false },
  { trackRunningStats: false },
  { affine: false, trackRunningStats: false, momentum: null },
])('%o: no such state; evaluation, convolutions and frozen parameters', async (options) => {
  const device = await testDevice();
  const { affine = true, trackRunningStats = true } = options as {
    affine?: boolean;
    trackRunningStats?: boolean;
  };
  const norm = new BatchNorm2d(3, options).to(device);
  const names = [
    ...(affine ? ['weight', 'bias'] : []),
    ...(trackRunningStats ? ['running_mean', 'running_var'] : []),
  ];
  expect([...(await norm.stateDict()).keys()]).toEqual(names);
  expect([norm.weight === null, norm.running_mean === null]).toEqual([!affine, !trackRunningStats]);
  const x = randomNormal([2, 3, 3, 3], 1, 2, 1);
  const [one, zero] = [random([3], 0, 1, 1), random([3], 0, 0, 0)];
  for (const training of [true, false]) {
    norm.train(training);
    if (!training && trackRunningStats) continue;
    const expected = batchNorm(x, one, zero, { mode: 'train', eps: 1e-5 });
    using y = norm.call(onDevice(device, x));
    expectClose(await y.data(), expected.output, { atol: 1e-5 });
  }
  norm.dispose();
  const layer = new ConvNormActivation(2, 3, 1, { ...options, activation: 'relu' }).to(device, { seed: 1 });
  const image = onDevice(device, randomNormal([2, 3, 3, 2], 2));
  if (layer.eval() && trackRunningStats) {
    // fused or not, the same result
    using fused = noGrad(() => layer.call(image));
    using separate = layer.call(image);
    expectClose(await fused.data(), await separate.data(), { atol: 1e-6 });
  } else {
    const [conv, bn] = layer.children().map(([, child]) => child) as [Conv2d, BatchNorm2d];
    using y = noGrad(() => layer.call(image));
    using expected = bn.train().call(conv.call(image));
    expectClose(await y.data(), await expected.data(), { atol: 1e-6 });
  }
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
