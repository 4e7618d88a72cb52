import { describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import * as kernels from '../../src/kernels/index.ts';
import { full, tensor } from '../../src/tensor/create.ts';
import { empty, type Tensor } from '../../src/tensor/tensor.ts';
import { random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/optimizers.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const SIZE = 64 * 37;
const THREADS = 128;
const values = random([SIZE], 1);
const gradients = [2, 3, 4, 5].map((seed) => random([SIZE], seed));

const BLOCKS = SIZE / 64;
/** The span begins after other blocks, and its rule is not the first. */
const FIRST = 3;
const RULE = 1;

function ruleAndBlocks(device: Device, rate: number, weightDecay: number): [Tensor, Tensor] {
  const blocks = new Float32Array(4 * (FIRST + BLOCKS));
  for (let block = FIRST; block < FIRST + BLOCKS; block++) blocks[4 * block + 3] = RULE;
  return [tensor(device, Float32Array.from([9, 9, rate, weightDecay])), tensor(device, blocks)];
}

/** The guard of one step. */
function measure(device: Device, gradient: Tensor, guard: Tensor, maxNorm: number): void {
  const partial = empty(device, [THREADS]);
  device.dispatch(kernels.sumSquaresPartial, {
    label: 'norm',
    bind: { x: gradient, partial },
    params: { count: gradient.size / 4, threads: THREADS },
    threads: THREADS,
  });
  device.dispatch(kernels.gradientGuard, {
    label: 'guard',
    bind: { partial, guard },
    params: { threads: THREADS, maxNorm },
    workgroups: [1, 1, 1],
  });
}

interface Setting {
  rate: number;
  weightDecay: number;
  maxNorm?: number;
  decay?: number;
}

async function adamOnGpu(
  list: Float64Array[],
  { rate, weightDecay, maxNorm = 0, decay = 1 }: Setting,
  DECOUPLED: 0 | 1,
  RUN = 1,
) {
  const device = await testDevice();
  const parameters = onDevice(device, values);
  const [m, v, guard] = [full(device, [SIZE], 0), full(device, [SIZE], 0), full(device, [4], 0)];
  const [rules, blocks] = ruleAndBlocks(device, rate, decay * weightDecay);
  for (const data of list) {
    const gradient = tensor(device, Float32Array.from(data));
    measure(device, gradient, guard, maxNorm);
    device.dispatch(kernels.adamAdvance, {
      label: 'adam',
      bind: { guard, blocks },
      params: { count: BLOCKS, firstBlock: FIRST, beta1: 0.9, beta2: 0.999 },
      threads: BLOCKS,
    });
    device.dispatch(kernels.adam, {
      label: 'adam',
      bind: { gradients: gradient, guard, rules, blocks, values: parameters, m, v },
      params: { count: SIZE / 4, firstBlock: FIRST, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      overrides: { DECOUPLED },
      defines: { RUN },
      threads: SIZE / 4 / RUN,
    });
  }
  const [p, first, second, check, now] = await device.read([parameters, m, v, guard, blocks]);
  const numbers = (bytes?: ArrayBuffer) => new Float32Array(bytes as ArrayBuffer);
  return {
    values: numbers(p),
    m: numbers(first),
    v: numbers(second),
    guard: numbers(check),
    blocks: numbers(now),
  };
}

describe('gradient_guard', () => {
  test.each([0, 1, 1e6])('maxNorm %d', async (maxNorm) => {
    const device = await testDevice();
    const guard = full(device, [4], 0);
    const gradient = gradients[0]!;
    measure(device, onDevice(device, gradient), guard, maxNorm);
    const norm = reference.clipGradientNorm([gradient.data.slice()], 1);
    const scale = maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
    expectClose(await guard.data(), [norm, scale, 1, 0]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%d is detected',
    async (bad) => {
      const device = await testDevice();
      const guard = full(device, [4], 0);
      const data = gradients[0]!.data.slice();
      data[1234] = bad;
      const gradient = tensor(device, Float32Array.from(data));
      measure(device, gradient, guard, 1);
      measure(device, gradient, guard, 1);
      const [, scale, finite, skipped] = await guard.data();
      expect([scale, finite, skipped]).toEqual([1, 0, 2]);
    },
  );
});

describe.each([
  ['adam', 0, reference.adamStep],
  ['adamW', 1, reference.adamWStep],
] as const)('%s', (_, DECOUPLED, stepOf) => {
  test.each([
    { rate: 0.01, weightDecay: 0 },
    { rate: 0.01, weightDecay: 0.1 },
    { rate: 0.01, weightDecay: 0.1, maxNorm: 1 },
    { rate: 0.01, weightDecay: 0.1, decay: 0 },
  ])('four steps, %o', async (setting) => {
    const { rate, weightDecay, maxNorm, decay = 1 } = setting as Setting;
    const expected = values.data.slice();
    const state = reference.adamState(SIZE);
    for (const { data } of gradients) {
      const gradient = data.slice();
      if (maxNorm) reference.clipGradientNorm([gradient], maxNorm);
      stepOf(expected, gradient, state, { learningRate: rate, weightDecay: decay * weightDecay });
    }
    const got = await adamOnGpu(
      gradients.map(({ data }) => data),
      setting,
      DECOUPLED,
    );
    expectClose(got.values, expected, { rtol: 1e-5, atol: 1e-6 });
    for (let block = FIRST; block < FIRST + BLOCKS; block++) {
      const [c1, c2, ...rest] = got.blocks.slice(4 * block, 4 * block + 4);
      expectClose([c1!, c2!], [1 - 0.9 ** 4, 1 - 0.999 ** 4], { rtol: 1e-4 });
      expect(rest).toEqual([4, RULE]);
    }
    expect([...got.blocks.slice(0, 4 * FIRST)]).toEqual(new Array(4 * FIRST).fill(0));
  });

  test('the number of vec4 per thread changes no bit', async () => {
    const list = gradients.map(({ data }) => data);
    const setting = { rate: 0.01, weightDecay: 0.1, maxNorm: 1 };
    const expected = await adamOnGpu(list, setting, DECOUPLED);
    for (const run of [2, 16]) expect(await adamOnGpu(list, setting, DECOUPLED, run)).toEqual(expected);
  });

  test('a step with a gradient that is not finite changes nothing', async () => {
    const setting = { rate: 0.01, weightDecay: 0.1 };
    const bad = gradients[1]!.data.map((v, i) => (i === 77 ? Number.NaN : v));
    const [a, b] = [gradients[0]!.data, gradients[2]!.data];
    const got = await adamOnGpu([a, bad, b], setting, DECOUPLED);
    const expected = await adamOnGpu([a, b], setting, DECOUPLED);
    for (const name of ['values', 'm', 'v', 'blocks'] as const) expect(got[name]).toEqual(expected[name]);
    expect(got.guard[3]).toBe(1);
  });
});

describe('sgd', () => {
  test.each([
    { momentum: 0, nesterov: false, weightDecay: 0 },
    { momentum: 0.9, nesterov: false, weightDecay: 0.01 },
    { momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  ])('four steps, %o', async ({ momentum, nesterov, weightDecay }) => {
    const device = await testDevice();
    const parameters = onDevice(device, values);
    const [velocity, guard] = [full(device, [SIZE], 0), full(device, [4], 0)];
    const [rules, blocks] = ruleAndBlocks(device, 0.1, weightDecay);
    const expected = values.data.slice();
    const expectedVelocity: number[] = [];
    for (const gradient of gradients) {
      const onGpu = onDevice(device, gradient);
      measure(device, onGpu, guard, 0);
      device.dispatch(kernels.sgd, {
        label: 'sgd',
        bind: { gradients: onGpu, guard, rules, blocks, values: parameters, velocity },
        params: { count: SIZE / 4, firstBlock: FIRST, momentum, dampening: 0 },
        overrides: { NESTEROV: nesterov ? 1 : 0 },
        threads: SIZE / 4,
      });
      const options = { learningRate: 0.1, momentum, nesterov, weightDecay };
      reference.sgdStep(expected, gradient.data, expectedVelocity, options);
    }
    expectClose(await parameters.data(), expected, { rtol: 1e-5, atol: 1e-6 });
    expectClose(await velocity.data(), expectedVelocity, { rtol: 1e-5, atol: 1e-6 });
  });
});
