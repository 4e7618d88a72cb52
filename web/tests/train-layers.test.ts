// Weights, gradients and dead channels of the Train page, on a small run in Node.
import { CrossEntropyLoss, type Device, FerMobileNetV3, fit, SGD } from 'feathergrad';
import { DrawnFaceSource } from 'feathergrad/data';
import { describe, expect, test } from 'vitest';
import { testDevice } from '../../tests/support/device.ts';
import type { LayerStats } from '../src/train/messages.ts';
import { LayerProbe } from '../src/train/worker/layers.ts';
import { BINS, spreadOf } from '../src/train/worker/spread.ts';

const device = (await testDevice()) as unknown as Device; // the app's files have the types of the built package

/** Trains for two steps; with `watches`, the layers are measured after each step and after the run. */
async function run({ watches, freezes = false }: { watches: boolean; freezes?: boolean }) {
  const model = new FerMobileNetV3({ side: 32 }).to(device, { seed: 3 });
  if (freezes) model.features.freeze();
  const state = await model.stateDict();
  // channel 2 of the first activation is 0 everywhere: hard swish of -10
  (state.get('features.0.1.weight')?.data as Float32Array)[2] = 0;
  (state.get('features.0.1.bias')?.data as Float32Array)[2] = -10;
  model.loadStateDict(state);
  const train = new DrawnFaceSource({ seed: 1, length: 4 });
  const probe = watches ? new LayerProbe(model, train, [0, 1, 2], 32) : null;
  const measured: LayerStats[] = [];
  let steps = 0;
  if (probe) measured.push(await probe.run(0, false));
  const optimizer = new SGD(model, { learningRate: 0.01, momentum: 0.9 });
  const options = { train, batch: 2, side: 32, epochs: 1, loss: new CrossEntropyLoss(), optimizer };
  for await (const event of fit(model, options)) {
    if (event.kind !== 'step') continue;
    steps++;
    if (probe) measured.push(await probe.run(steps, true));
  }
  if (probe) measured.push(await probe.run(steps, false));
  const after = await model.stateDict();
  probe?.dispose();
  optimizer.dispose();
  model.dispose();
  return { measured, after };
}

describe('LayerProbe', () => {
  test('measures every layer between the steps, and the run keeps its bits', async () => {
    const [watched, plain] = [await run({ watches: true }), await run({ watches: false })];
    for (const [name, { data }] of plain.after) expect(watched.after.get(name)?.data, name).toEqual(data);
    const [before, first, , end] = watched.measured as [LayerStats, LayerStats, LayerStats, LayerStats];
    expect(before.gradientStep).toBe(null);
    expect(before.layers.every(({ gradients }) => gradients === null)).toBe(true);
    expect(first.gradientStep).toBe(1);
    expect(first.layers.map(({ name }) => name)).toContain('features.0');
    for (const { name, weights, gradients } of first.layers) {
      expect(weights.deviation, name).toBeGreaterThan(0);
      expect(gradients?.count, name).toBe(weights.count);
      expect(weights.bins.reduce((sum, n) => sum + n, 0)).toBe(weights.count);
    }
    const [stem] = first.layers;
    expect(stem?.weights.count).toBe(16 * 3 * 3 * 3);
    expect(stem?.channels).toEqual({ count: 16, dead: 1 });
    expect(end.gradientStep).toBe(2); // those of the last step
    expect(end.layers[0]?.gradients?.deviation).toBeGreaterThan(0);
  });

  test('frozen layers have no gradients, and their dead channels are counted', async () => {
    const { measured } = await run({ watches: true, freezes: true });
    const [stem, ...others] = measured[1]?.layers ?? [];
    expect(stem).toMatchObject({ gradients: null, channels: { count: 16, dead: 1 } });
    expect(others.at(-1)?.gradients?.deviation).toBeGreaterThan(0);
    const [free] = (await run({ watches: true })).measured;
    const counts = (stats?: LayerStats) => stats?.layers.map(({ channels }) => channels?.count ?? 0);
    expect(counts(measured[0])).toEqual(counts(free));
  });
});

describe('spreadOf', () => {
  test('bins, key figures and values that are not finite', () => {
    const { bins, ...rest } = spreadOf([
      new Float32Array([1, -1, 1]),
      new Float32Array([-1, Number.NaN, Number.POSITIVE_INFINITY]),
    ]);
    expect(rest).toEqual({ count: 4, notFinite: 2, mean: 0, deviation: 1, low: -1, high: 1, reach: 4 });
    expect(bins.length).toBe(BINS);
    expect(bins.flatMap((n, i) => (n > 0 ? [[i, n]] : []))).toEqual([
      [15, 2],
      [25, 2],
    ]);
  });

  test('no values, and only zeros', () => {
    expect(spreadOf([])).toMatchObject({ count: 0, notFinite: 0, mean: 0, deviation: 0, low: 0, high: 0 });
    const { bins, reach } = spreadOf([new Float32Array(5)]);
    expect(reach).toBe(0);
    expect(bins[BINS >> 1]).toBe(5);
  });

  test('a value beyond the reach counts in the last bin', () => {
    const values = new Float32Array(100);
    values[0] = 50;
    const { bins, reach } = spreadOf([values]);
    expect(reach).toBe(20);
    expect(bins.at(-1)).toBe(1);
  });
});
