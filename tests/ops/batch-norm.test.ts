import { describe, expect, test } from 'vitest';
import { full, tensor, zeros } from '../../src/tensor/create.ts';
import { type Activation, batchNorm, batchNormInfo } from '../../src/tensor/ops/batch-norm.ts';
import { map, type NdArray, random, randomNormal } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/batch-norm.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';
import { withVariant } from '../support/with-variant.ts';

const settings = { eps: 1e-5, momentum: 0.1 };

interface Case {
  shape: number[];
  training?: boolean;
  activation?: Activation;
  directions?: boolean;
  /** the variant in place of the default */
  variant?: string;
  hasResidual?: boolean;
}

async function check({ shape, training = true, activation = 'none', directions = false, ...rest }: Case) {
  const device = await testDevice();
  const { variant, hasResidual = false } = rest;
  const channels = shape.at(-1)!;
  const x = randomNormal(shape, 1, 2, 1);
  const gamma = random([channels], 2, 0.5, 3);
  const beta = random([channels], 3);
  const runningMean = random([channels], 4);
  const runningVariance = random([channels], 5, 0.5, 2);
  const running = { mean: onDevice(device, runningMean), variance: onDevice(device, runningVariance) };
  const mode: 'train' | 'eval' = training ? 'train' : 'eval';
  const expected = { ...settings, mode, activation, runningMean, runningVariance };
  const pick = (_family: string, names: readonly string[]) => names.find((name) => name === variant);
  await withVariant(device, pick, () =>
    checkAgainstReference(device, {
      inputs: hasResidual ? [x, gamma, beta, random(shape, 6)] : [x, gamma, beta],
      run: ([x, gamma, beta, residual]) =>
        batchNorm(x!, gamma!, beta!, running, { ...settings, training, activation, residual }),
      reference: ([x, gamma, beta, residual]) => {
        const { output } = reference.batchNorm(x!, gamma!, beta!, expected);
        return residual ? { ...output, data: output.data.map((v, i) => v + residual.data[i]!) } : output;
      },
      directions,
      atol: 3e-5,
    }),
  );
  const after = reference.batchNorm(x, gamma, beta, expected);
  expectClose(await running.mean.data(), after.runningMean, { label: 'running mean' });
  expectClose(await running.variance.data(), after.runningVariance, { label: 'running variance' });
}

describe('batchNorm', () => {
  const activations: Activation[] = ['none', 'relu', 'relu6', 'hardSwish', 'sigmoid', 'hardSigmoid', 'silu'];
  for (const activation of activations) {
    test.each([
      [true, 'workgroup1'],
      [true, 'chunks4'],
      [false, 'workgroup1'],
      [false, 'chunks4'],
    ])(`${activation}, training %s, %s`, async (training, variant) => {
      await check({ shape: [2, 3, 3, 8], training, activation, variant });
    });
  }

  test.each([1, 3, 15, 16, 21, 72])('%i channels, an odd number of rows', async (channels) => {
    await check({ shape: [3, 5, 1, channels], activation: 'hardSwish' });
    await check({ shape: [3, 5, 1, channels], activation: 'hardSwish', training: false });
  });

  test.each([[[5, 4]], [[7, 3]], [[2, 5, 6]], [[32, 1, 1, 16]]])('shape [%s]', async (shape) => {
    await check({ shape });
  });

  test.each([
    [[2, 41, 37, 16], 'default'],
    [[2, 41, 37, 16], 'chunks16'],
    [[1, 67, 67, 3], 'default'],
    [[1, 67, 67, 3], 'chunks64'],
    [[32, 1, 1, 480], 'default'],
    [[32, 1, 1, 480], 'chunks1'],
    [[32, 1, 1, 480], 'workgroup8'],
  ])('many rows or channels: [%s], %s', async (shape, variant) => {
    await check({ shape, activation: 'relu', directions: true, variant });
  });

  test('more rows than one workgroup should reduce', async () => {
    await check({ shape: [2, 101, 102, 1], activation: 'silu', directions: true });
  });

  test.each(['workgroup2', 'chunks4'])('with a residual, %s', async (variant) => {
    await check({ shape: [2, 3, 3, 12], activation: 'hardSwish', variant, hasResidual: true });
    await check({ shape: [2, 3, 3, 5], activation: 'relu', variant, hasResidual: true });
  });

  test.each([
    [true, [3, 5, 2, 6], 'none'],
    [true, [9, 5], 'relu6'],
    [false, [3, 5, 2, 6], 'silu'],
  ] as const)('without scale and shift, training %s: [%s]', async (training, shape, activation) => {
    const channels = shape.at(-1)!;
    const device = await testDevice();
    const running = { mean: random([channels], 4), variance: random([channels], 5, 0.5, 2) };
    const [mean, variance] = [onDevice(device, running.mean), onDevice(device, running.variance)];
    const [one, zero] = [map(running.mean, () => 1), map(running.mean, () => 0)];
    await checkAgainstReference(device, {
      inputs: [randomNormal([...shape], 1, 2, 1)],
      run: ([x]) =>
        batchNorm(x!, null, null, training ? null : { mean, variance }, {
          ...settings,
          training,
          activation,
        }),
      reference: ([x]) =>
        reference.batchNorm(x!, one, zero, {
          ...settings,
          mode: training ? 'train' : 'eval',
          activation,
          runningMean: running.mean,
          runningVariance: running.variance,
        }).output,
      atol: 3e-5,
    });
    const x = onDevice(device, random([...shape], 1));
    const options = { ...settings, activation };
    const without = () => batchNorm(x, null, null, null, { ...options, training: false });
    expect(without).toThrow(
      `batchNorm: mean for input [${shape.join(', ')}]: got undefined, expected a tensor`,
    );
    const omitted = () => batchNorm(x, undefined!, null, null, { ...options, training: true });
    expect(omitted).toThrow('gamma for input');
    const batches = { mean, variance, batches: mean };
    expect(() => batchNorm(x, null, null, batches, { ...options, training: true })).toThrow(
      'batches has shape',
    );
  });

  test('one value per channel: accepted in evaluation, rejected in training', async () => {
    await check({ shape: [1, 1, 1, 4], training: false });
    const device = await testDevice();
    const [mean, variance] = [random([4], 1), random([4], 2, 1, 2)];
    const running = { mean: onDevice(device, mean), variance: onDevice(device, variance) };
    const x = onDevice(device, random([1, 1, 1, 4], 5));
    const one = full(device, [4], 1);
    expect(() =>
      batchNorm(x, one, one, running, { ...settings, training: true, activation: 'none' }),
    ).toThrow('batchNorm: training needs more than 1 value per channel (got input [1, 1, 1, 4]');
    expectClose(await running.variance.data(), variance, { rtol: 0, atol: 0 });
  });

  // E[x^2] - E[x]^2 would have no correct digit here
  test('keeps the variance despite a large mean', async () => {
    const device = await testDevice();
    const x = randomNormal([8, 16, 16, 6], 1, 0.5, 3000);
    const moments = reference.channelMoments(x);
    const running = {
      mean: tensor(device, new Float32Array(6)),
      variance: tensor(device, new Float32Array(6)),
    };
    const ones = onDevice(device, random([6], 1, 1, 1));
    const zeros = onDevice(device, random([6], 1, 0, 0));
    batchNorm(onDevice(device, x), ones, zeros, running, {
      eps: 1e-5,
      momentum: 1,
      training: true,
      activation: 'none',
    });
    expectClose(await running.mean.data(), moments.mean, { rtol: 1e-6 });
    const rows = x.data.length / 6;
    const unbiased = map(moments.variance, (v) => (v * rows) / (rows - 1));
    expectClose(await running.variance.data(), unbiased, { rtol: 1e-3 });
  });

  // a float32 mean of 400 is off by 1.5e-5 at most, which is the error that the result may have
  test.each([
    ['one thread per channel', [16, 1, 1, 8]],
    ['many threads per channel', [8, 32, 32, 8]],
    ['many chunks', [21, 32, 32, 8]],
    ['an odd number of channels', [8, 32, 32, 3]],
  ])('a mean of 400 standard deviations, %s', async (_, shape) => {
    const device = await testDevice();
    const channels = shape.at(-1)!;
    const x = randomNormal(shape, 1, 1, 400);
    const one = full(device, [channels], 1);
    const zero = full(device, [channels], 0);
    const running = { mean: zeros(device, [channels]), variance: full(device, [channels], 1) };
    const y = batchNorm(onDevice(device, x), one, zero, running, {
      ...settings,
      training: true,
      activation: 'none',
    });
    const reals = { gamma: map(random([channels], 1), () => 1), beta: map(random([channels], 1), () => 0) };
    const expected = reference.batchNorm(x, reals.gamma, reals.beta, { ...settings, mode: 'train' });
    expectClose(await y.data(), expected.output, { rtol: 3e-6, atol: 2.5e-5 });
  });

  test.each([
    ['NaN', Number.NaN, 8, 'workgroup1'],
    ['an infinity', Number.POSITIVE_INFINITY, 8, 'workgroup1'],
    ['NaN', Number.NaN, 5, 'workgroup1'],
    ['NaN', Number.NaN, 8, 'chunks4'],
    ['an infinity', Number.POSITIVE_INFINITY, 8, 'chunks4'],
  ])('%s in one channel does not change its running statistics, %s', async (_, bad, channels, variant) => {
    const device = await testDevice();
    const x = random([4, 3, 3, channels], 1);
    x.data[2 * channels + 1] = bad;
    const [mean, variance] = [random([channels], 2), random([channels], 3, 1, 2)];
    const running = { mean: onDevice(device, mean), variance: onDevice(device, variance) };
    const ones = onDevice(device, random([channels], 1, 1, 1));
    const y = await withVariant(
      device,
      () => variant,
      async () =>
        batchNorm(onDevice(device, x), ones, ones, running, {
          ...settings,
          training: true,
          activation: 'none',
        }),
    );
    const after = (await running.mean.data()) as Float32Array;
    const afterVariance = (await running.variance.data()) as Float32Array;
    expect(after[1]).toBe(Math.fround(mean.data[1]!));
    expect(afterVariance[1]).toBe(Math.fround(variance.data[1]!));
    expect(after[0]).not.toBe(Math.fround(mean.data[0]!));
    expect([...after, ...afterVariance].every(Number.isFinite)).toBe(true);
    expect((await y.data())[1]).toBeNaN();
  });

  test('the same bits every time', async () => {
    const device = await testDevice();
    const x = onDevice(device, random([4, 33, 33, 8], 1));
    const once = async () => {
      const running = { mean: onDevice(device, random([8], 2)), variance: onDevice(device, random([8], 3)) };
      const options = { ...settings, training: true, activation: 'hardSwish' as const };
      const y = batchNorm(
        x,
        onDevice(device, random([8], 4)),
        onDevice(device, random([8], 5)),
        running,
        options,
      );
      return [...(await y.data()), ...(await running.variance.data())];
    };
    expect(await once()).toEqual(await once());
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1) as NdArray);
    const running = { mean: make(4), variance: make(4) };
    const options = { ...settings, training: true, activation: 'none' as const };
    expect(() => batchNorm(make(2, 5), make(5), make(5), running, options)).toThrow(
      'mean for input [2, 5] has shape [4], expected [5]',
    );
    expect(() => batchNorm(make(2, 4), make(3), make(4), running, options)).toThrow(
      /gamma .* has shape \[3\]/,
    );
    const whole = (...shape: number[]) => zeros(device, shape, 'i32');
    expect(() => batchNorm(make(2, 4), whole(4), make(4), running, options)).toThrow(
      /gamma .* got a tensor of type i32/,
    );
    const residual = whole(2, 4);
    expect(() => batchNorm(make(2, 4), make(4), make(4), running, { ...options, residual })).toThrow(
      'batchNorm: residual: got a tensor of type i32, expected f32',
    );
  });

  test('cost: x is read twice, y written once', () => {
    expect(batchNormInfo.cost([[2, 3, 4]], [2, 3, 4])).toEqual({ macs: 0, bytes: 4 * 3 * 24 });
  });
});
