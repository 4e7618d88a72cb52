import { describe, expect, test } from 'vitest';
import { CoordinateAttention } from '../../src/layers/coordinate-attention.ts';
import { CostSheet } from '../../src/layers/cost-sheet.ts';
import { makeDivisible } from '../../src/layers/make-divisible.ts';
import { SqueezeExcitation } from '../../src/layers/squeeze-excitation.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import type { CoordinatePooling } from '../../src/tensor/ops/coordinate-pool.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { random, randomNormal } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { squeezeWidth } from '../reference/fer-mobilenetv3-config.ts';
import { attend } from '../reference/fer-mobilenetv3-layers.ts';
import { checkModule } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

describe('SqueezeExcitation', () => {
  test.each([
    [2, 3, 5, 7],
    [1, 4, 4, 72],
    [3, 1, 1, 21],
    [2, 5, 2, 120],
  ])('[%i, %i, %i, %i]', async (...shape) => {
    await checkModule(await testDevice(), {
      module: new SqueezeExcitation(shape[3]!),
      input: randomNormal(shape, 1, 2),
      reference: (x, state) => attend(state, x, 'm', 'se'),
    });
  });

  test('squeezes to a quarter, rounded to eights', () => {
    expect([72, 120, 480, 672, 960].map((channels) => makeDivisible(channels / 4))).toEqual([
      24, 32, 120, 168, 240,
    ]);
    for (let channels = 1; channels < 1000; channels += 7) {
      const { fc1 } = new SqueezeExcitation(channels);
      expect(fc1.weight.shape[3]).toBe(squeezeWidth(channels));
    }
    expect(new SqueezeExcitation(16, 3).fc2.weight.shape).toEqual([1, 1, 3, 16]);
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const layer = new SqueezeExcitation(8).to(device);
    expect(() => layer.call(onDevice(device, random([1, 2, 2, 6], 1)))).toThrow(/has 8 input channels/);
    expect(() => layer.outputShape([1, 2, 2, 6])).toThrow('expected 8');
    layer.dispose();
  });
});

const poolings: [CoordinatePooling, 'ca' | 'maxca' | 'cpsca'][] = [
  ['avg', 'ca'],
  ['max', 'maxca'],
  ['complementary', 'cpsca'], // the reference runs its literal form, with conv1 twice
];

describe.each(poolings)('CoordinateAttention, %s', (pooling, attention) => {
  // middle widths 8, 8, 15 and 21
  test.each([
    [3, 5, 4, 7],
    [2, 1, 6, 16],
    [2, 3, 2, 480],
    [1, 2, 3, 672],
  ])('[%i, %i, %i, %i], training', async (...shape) => {
    await checkModule(await testDevice(), {
      module: new CoordinateAttention(shape[3]!, { pooling }),
      input: randomNormal(shape, 1, 2),
      reference: (x, state) => attend(state, x, 'm', attention),
    });
  });

  test('[2, 4, 3, 480], evaluation', async () => {
    await checkModule(await testDevice(), {
      module: new CoordinateAttention(480, { pooling }),
      input: randomNormal([2, 4, 3, 480], 1, 2),
      mode: 'eval',
      reference: (x, state) => attend(state, x, 'm', attention),
    });
  });

  test('gates() returns the factors that forward uses', async () => {
    const device = await testDevice();
    const layer = new CoordinateAttention(20, { pooling }).to(device, { seed: 3 }).eval();
    using x = onDevice(device, randomNormal([2, 5, 3, 20], 1));
    const { gates, byGates, y } = scope(() =>
      noGrad(() => {
        const gates = layer.gates(x);
        return { gates, byGates: mul(mul(x, gates.byRow), gates.byColumn), y: layer.call(x) };
      }),
    );
    expect([gates.byRow.shape, gates.byColumn.shape]).toEqual([
      [2, 5, 1, 20],
      [2, 1, 3, 20],
    ]);
    expectClose(await byGates.data(), await y.data());
    for (const tensor of [gates.byRow, gates.byColumn, byGates, y]) tensor.dispose();
    layer.dispose();
  });

  test('names its gates like the reference and has the requested middle width', () => {
    const names = (module: CoordinateAttention) => module.children().map(([name]) => name);
    const gates = pooling === 'complementary' ? ['conv_h', 'conv_w'] : ['conv2', 'conv3'];
    expect(names(new CoordinateAttention(64, { pooling }))).toEqual(['conv1', 'bn1', ...gates]);
    const widths = [64, 480, 672].map(
      (channels) => new CoordinateAttention(channels, { pooling }).conv1.weight.shape[3],
    );
    expect(widths).toEqual([8, 15, 21]);
    expect(new CoordinateAttention(64, { pooling, reduction: 4 }).conv1.weight.shape[3]).toBe(16);
  });

  test('counts its multiply-accumulates, and those that the merged form saves', () => {
    const sheet = new CostSheet();
    new CoordinateAttention(480, { pooling }).outputShape([1, 14, 10, 480], sheet);
    const [macs, saved] = (['macs', 'savedMacs'] as const).map((key) =>
      sheet.rows.reduce((sum, row) => sum + row[key], 0),
    );
    const one = 24 * 480 * 15;
    expect([macs, saved]).toEqual(pooling === 'complementary' ? [3 * one, one] : [2 * one, 0]);
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const layer = new CoordinateAttention(12, { pooling }).to(device);
    expect(() => layer.call(onDevice(device, random([1, 2, 2, 8], 1)))).toThrow(/8/);
    expect(() => layer.call(onDevice(device, random([2, 12], 1)))).toThrow(/expected images \[N, H, W, C\]/);
    expect(() => layer.outputShape([1, 2, 2, 8])).toThrow('expected 12');
    layer.dispose();
  });
});
