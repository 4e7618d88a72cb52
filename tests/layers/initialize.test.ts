import { describe, expect, test } from 'vitest';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { DepthwiseConv2d } from '../../src/layers/depthwise-conv2d.ts';
import { type Init, kaimingFanOut, uniformFanIn } from '../../src/layers/initialize.ts';
import { Linear } from '../../src/layers/linear.ts';
import type { Module } from '../../src/layers/module.ts';
import type { Parameter } from '../../src/layers/parameter.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { bitsOf } from '../support/bits.ts';
import { testDevice } from '../support/device.ts';

const make = () => new Sequential(new Conv2d(3, 16, 3), new BatchNorm2d(16), new Linear(16, 5));

async function bits(module: Module, seed?: number): Promise<Uint32Array> {
  module.to(await testDevice(), seed === undefined ? {} : { seed });
  const values = await bitsOf(module.arenas.parameters.flat);
  module.dispose();
  return values;
}

describe('the seed', () => {
  test('equal seeds give equal bits, other seeds others; default 0', async () => {
    const first = await bits(make(), 4);
    expect(await bits(make(), 4)).toEqual(first);
    expect(await bits(make(), 5)).not.toEqual(first);
    expect(await bits(make(), 4 + 2 ** 32)).not.toEqual(first);
    expect(await bits(make())).toEqual(await bits(make(), 0));
  });

  test('each parameter is drawn separately, by its name', async () => {
    const device = await testDevice();
    const pair = new Sequential(new Linear(4, 4), new Linear(4, 4)).to(device, { seed: 1 });
    const [first, second] = await Promise.all(pair.modules.map((m) => bitsOf(m.parameters()[0]!.value)));
    expect(first).not.toEqual(second);
    // an additional layer does not change the others
    const triple = new Sequential(new Linear(4, 4), new Linear(4, 4), new Linear(4, 2)).to(device, {
      seed: 1,
    });
    const again = await Promise.all(triple.modules.slice(0, 2).map((m) => bitsOf(m.parameters()[0]!.value)));
    expect(again).toEqual([first, second]);
    for (const module of [pair, triple]) module.dispose();
  });

  test('must be an integer', async () => {
    const device = await testDevice();
    expect(() => make().to(device, { seed: 0.5 })).toThrow(
      'to: seed: got 0.5, expected an integer below 2^53',
    );
  });
});

/** A parameter's first values as drawn. */
async function drawn(module: Module & { weight: Parameter; bias: Parameter | null }) {
  module.to(await testDevice(), { seed: 11 });
  const weight = [...(await module.weight.value.data())];
  const bias = module.bias ? [...(await module.bias.value.data())] : null;
  module.dispose();
  return { weight, bias };
}

const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

function expectNormal(values: number[], variance: number): void {
  const n = values.length;
  const squares = mean(values.map((v) => v * v));
  // four standard deviations of the mean and the variance of n normal numbers
  expect(Math.abs(mean(values))).toBeLessThan(4 * Math.sqrt(variance / n));
  expect(Math.abs(squares / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  // and its tails are those of a normal distribution: 0.27 % lie beyond three
  const far = values.filter((v) => Math.abs(v) > 3 * Math.sqrt(variance)).length / n;
  expect(far).toBeGreaterThan(0.0005);
  expect(far).toBeLessThan(0.006);
}

describe('the distribution', () => {
  test.each([
    [3, 16, 64],
    [1, 40, 240],
    [5, 24, 32],
  ])('Conv2d %i x %i, %i channels out: variance 2 / (k k out), bias 0', async (kernel, inputs, outputs) => {
    const { weight, bias } = await drawn(new Conv2d(inputs, outputs, kernel));
    expectNormal(weight, 2 / (kernel * kernel * outputs));
    expect(new Set(bias)).toEqual(new Set([0]));
  });

  test('DepthwiseConv2d: as PyTorch, which counts all channels out: variance 2 / (k k C)', async () => {
    expectNormal((await drawn(new DepthwiseConv2d(900, 3))).weight, 2 / (9 * 900));
  });

  test('Linear: uniform within 1 / sqrt(in), bias too', async () => {
    const { weight, bias } = await drawn(new Linear(25, 900));
    const bound = 1 / 5;
    for (const values of [weight, bias!]) {
      expect(values.every((v) => Math.abs(v) <= bound)).toBe(true);
      expect(Math.max(...values)).toBeGreaterThan(0.98 * bound);
      expect(Math.min(...values)).toBeLessThan(-0.98 * bound);
      const variance = bound ** 2 / 3;
      expect(Math.abs(mean(values))).toBeLessThan(4 * Math.sqrt(variance / values.length));
      const squares = mean(values.map((v) => v * v));
      expect(Math.abs(squares / variance - 1)).toBeLessThan(4 * Math.sqrt(0.8 / values.length));
    }
  });

  test('Linear with an init of the user', async () => {
    const init: Init = { kind: 'normal', std: 0.01 };
    const biasInit: Init = { kind: 'constant', value: 3 };
    const { weight, bias } = await drawn(new Linear(64, 64, { init, biasInit }));
    expectNormal(weight, 1e-4);
    expect(new Set(bias)).toEqual(new Set([3]));
  });

  test('BatchNorm2d: scale 1, shift 0, running mean 0, running variance 1', async () => {
    const norm = new BatchNorm2d(7).to(await testDevice());
    const values = [norm.weight, norm.bias, norm.running_mean, norm.running_var].map((state) => state!.value);
    const data = await Promise.all(values.map(async (value) => [...new Set(await value.data())]));
    expect(data).toEqual([[1], [0], [0], [1]]);
    norm.dispose();
  });

  test('by name', () => {
    expect(kaimingFanOut(9, 32)).toEqual({ kind: 'normal', std: Math.sqrt(2 / 288) });
    expect(uniformFanIn(16)).toEqual({ kind: 'uniform', bound: 0.25 });
  });
});
