// Numbers and claims in the texts of the lessons, against the computation that the lesson shows.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pretrainedUrl } from 'feathergrad';
import { expect, test } from 'vitest';
import { conv2d, depthwiseConv2d, scope, tensor } from '../../src/index.ts';
import { descend } from '../../web/src/lessons/backprop/descent.ts';
import { evaluate } from '../../web/src/lessons/backprop/graph.ts';
import { accuracyOf, confusions, recallOf } from '../../web/src/lessons/confusion-matrix/classifier.ts';
import { convolve, OUTPUT, pictureOf, twoWaysBack } from '../../web/src/lessons/convolution/compute.ts';
import { DEFAULT, weightsOf } from '../../web/src/lessons/convolution/weights.ts';
import { costOf } from '../../web/src/lessons/depthwise-separable/costs.ts';
import { apartText } from '../../web/src/lessons/gpu-kernel/apart-text.ts';
import { copyBy, inputsOf, runLayer } from '../../web/src/lessons/gpu-kernel/run.ts';
import { roofAt, verdictOf as tileVerdict } from '../../web/src/lessons/gpu-kernel/verdict.ts';
import {
  LAYERS,
  loadsPerStep,
  TILES,
  tileOf,
  tileText,
  workOf,
} from '../../web/src/lessons/gpu-kernel/work.ts';
import { throughBlock, throughBlocks } from '../../web/src/lessons/inverted-residual/spiral.ts';
import { type Point, train } from '../../web/src/lessons/training-dynamics/training.ts';
import { kindOf, verdictOf as verdictOfCurves } from '../../web/src/lessons/training-dynamics/verdict.ts';
import { featuresOf, pixelsOf, trainedNetwork } from '../../web/src/lessons/transfer-learning/features.ts';
import { trainLastLayer } from '../../web/src/lessons/transfer-learning/last-layer.ts';
import { verdictOf as transferVerdict } from '../../web/src/lessons/transfer-learning/verdict.ts';
import { countAll, countVgg, ENTRIES } from '../../web/src/lessons/why-lightweight/networks.ts';
import { reach } from '../../web/src/lessons/why-lightweight/shuffle.ts';
import { verdictOf } from '../../web/src/lessons/why-lightweight/verdict.ts';
import { testDevice } from '../support/device.ts';

test('depthwise separable: 1,568 and 288 MACs per output value, against 81 and 41', () => {
  const perValue = (kind: 'dense' | 'separable', kernel: number) =>
    costOf(kind, { kernel, channels: 32, side: 28 }).macs / (28 * 28 * 32);
  expect([perValue('dense', 7), perValue('dense', 3)]).toEqual([1568, 288]);
  expect([perValue('separable', 7), perValue('separable', 3)]).toEqual([81, 41]);
});

test('backpropagation: the numbers of the steps, and gradient descent with and without the sum of slopes', async () => {
  const device = await testDevice();
  const { values, slopes } = await evaluate(device, { w: 2, x: 1.5, b: -2, t: 1 });
  expect(values).toMatchObject({ p: 3, z: 1 });
  expect([values.a, values.e, values.L].map((one) => one.toFixed(3))).toEqual(['0.667', '-0.333', '0.056']);
  expect([slopes.e, slopes.a, slopes.z, slopes.w].map((one) => one.toFixed(3))).toEqual([
    '-0.333',
    '-0.333',
    '-0.278',
    '-0.417',
  ]);
  expect(slopes.t).toBeCloseTo(-slopes.e, 6);
  const flat = await evaluate(device, { w: 2, x: 1.5, b: -7, t: 1 });
  expect(flat.values.z).toBe(-4);
  expect([flat.slopes.z, flat.slopes.w, flat.slopes.b].map(Math.abs)).toEqual([0, 0, 0]);
  const added = await descend(device, true);
  expect(added.path.at(-1)).toBeCloseTo(1, 3);
  expect(added.loss).toBeCloseTo(1, 3);
  const replaced = await descend(device, false);
  expect(replaced.path.at(-1)).toBeLessThan(0.01);
  expect(replaced.loss).toBeGreaterThan(1.9);
});

test('convolution: edges, the turned kernel of a dot, and the way back', async () => {
  const device = await testDevice();
  const edges = await convolve(device, pictureOf('edge'), weightsOf(DEFAULT), 2 * OUTPUT + 1);
  expect(edges.output[2 * OUTPUT + 1]).toBe(3);
  expect(edges.output[2 * OUTPUT + 4]).toBe(0);
  expect([...edges.weightSlopes]).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
  const horizontal = await convolve(device, pictureOf('edge'), [-1, -1, -1, 0, 0, 0, 1, 1, 1], 0);
  expect(horizontal.output.every((value) => value === 0)).toBe(true);
  const dot = await convolve(device, pictureOf('dot'), [1, 2, 3, 4, 5, 6, 7, 8, 9], 0);
  const middle = [1, 2, 3].flatMap((row) => [1, 2, 3].map((column) => dot.output[row * OUTPUT + column]));
  expect(middle).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  const differences = async (isTurned: boolean) => {
    const { tape, convolution } = await twoWaysBack(device, [1, 2, 0, -1, 3, 1, 0, -2, 1], isTurned);
    return tape.filter((one, i) => Math.abs(one - (convolution[i] as number)) > 1e-4).length;
  };
  expect(await differences(true)).toBe(0);
  expect(await differences(false)).toBeGreaterThan(20);
});

test('inverted residual: narrow loses points, wide keeps the shape, and an activated bottleneck loses numbers', async () => {
  const device = await testDevice();
  const narrow = await throughBlock(device, 2, 'relu', 1);
  expect(narrow.dead).toBeGreaterThan(0.2);
  expect(narrow.error).toBeGreaterThan(0.4);
  expect((await throughBlock(device, 2, 'none', 1)).error).toBeLessThan(1e-4);
  const wide = await throughBlock(device, 30, 'relu', 4);
  expect(wide.dead).toBe(0);
  expect(wide.error).toBeLessThan(0.2);
  expect((await throughBlocks(device, 12, false)).clipped).toBe(0);
  const activated = await throughBlocks(device, 12, true);
  expect(activated.clipped).toBeGreaterThan(0.6);
  expect(activated.points.every((value) => value >= 0)).toBe(true);
});

test('confusion matrix: without group B its neutral faces are called happy, and its people help', async () => {
  const device = await testDevice();
  const [without, some, half] = [
    await confusions(device, 0),
    await confusions(device, 0.2),
    await confusions(device, 0.5),
  ];
  const [neutralTaken] = without.B;
  expect(neutralTaken?.[1]).toBeGreaterThan(40);
  expect(accuracyOf(without.A)).toBeGreaterThan(0.85);
  expect(accuracyOf(without.B)).toBeLessThan(0.75);
  expect(recallOf(some.B, 0)).toBeGreaterThan(recallOf(without.B, 0));
  expect(accuracyOf(half.B)).toBeGreaterThan(accuracyOf(without.B) + 0.05);
  expect(accuracyOf(half.A)).toBeLessThan(accuracyOf(without.A));
  const overall = ({ A, B }: typeof half) => 0.9 * accuracyOf(A) + 0.1 * accuracyOf(B);
  expect(overall(without)).toBeGreaterThan(overall(half) - 0.02);
});

test('why lightweight: the counts that the text names, the shuffle, and a verdict for either outcome', async () => {
  const counts = await countAll(224);
  const of = (label: string) =>
    counts[ENTRIES.findIndex((one) => one.label === label)] ?? { parameters: 0, macs: 0 };
  expect(countVgg()).toEqual({ parameters: 138_357_544, macs: 15_470_264_320 });
  expect(102_764_544 / countVgg().parameters).toBeCloseTo(0.743, 3); // three quarters in one layer
  expect(countVgg().macs / of('ResNet-18').macs).toBeCloseTo(8.53, 1); // an eighth
  expect(of('ResNet-18').macs / of('MobileNetV1').macs).toBeCloseTo(3.19, 1); // a third
  expect(of('ResNet-18').parameters / of('MobileNetV1').parameters).toBeCloseTo(2.76, 1);
  const device = await testDevice();
  expect((await reach(device, true)).filter((one) => one === 1)).toHaveLength(64);
  expect((await reach(device, false)).filter((one) => one === 1)).toHaveLength(32);
  const rows = (a: number, b: number) => [
    { label: 'large', macs: 1000, milliseconds: a },
    { label: 'small', macs: 100, milliseconds: b },
  ];
  expect(verdictOf(rows(10, 1))).toContain('small, is also the fastest');
  expect(verdictOf(rows(10, 1))).toContain('about what the count suggests');
  expect(verdictOf(rows(10, 5))).toContain('smaller than the count suggests');
  expect(verdictOf(rows(100, 1))).toContain('even larger than the count');
  expect(verdictOf(rows(1, 2))).toContain('although small has fewer');
});

test('GPU kernel: the counts of the steps, and every tile computes the layer', async () => {
  const work = (name: 'pointwise' | 'depthwise', side: number, tile: 'small' | 'large', channels = 64) =>
    workOf({ name, side, channels }, tileOf(name, tile));
  expect(work('pointwise', 28, 'small')).toMatchObject({ threads: 12_544, workgroups: 196 });
  expect(work('pointwise', 28, 'large').threads).toBe(784);
  expect(work('pointwise', 7, 'large')).toMatchObject({ threads: 56, workgroups: 1 });
  // loaded numbers per input channel: 5 for 4 multiply-adds, and 16 for 64
  expect(TILES.map((tile) => loadsPerStep(tileOf('pointwise', tile)) / 4)).toEqual([5, 8, 16]);
  expect([tileText('pointwise', 'small'), tileText('pointwise', 'large')]).toEqual([
    '1 pixel × 4 channels',
    '8 pixels × 8 channels',
  ]);
  const perByte = LAYERS.map((name) => work(name, 28, 'small').macs / work(name, 28, 'small').bytes);
  expect(perByte.map((one) => one.toFixed(2))).toEqual(['7.69', '1.12']);
  // a depthwise tile of one pixel on a map of 2 x 2: 2 rows of 3 pixels, and 9 weights
  expect(work('depthwise', 2, 'small', 4).loaded).toBe(16 * 4 * (2 * 3 + 9));
  const device = await testDevice();
  for (const name of LAYERS) {
    for (const side of [7, 4]) {
      const layer = { name, side, channels: 12 };
      const [x, w] = inputsOf(device, layer);
      const read = async (fn: () => typeof x) => {
        using y = scope(fn);
        return (await y.data()) as Float32Array;
      };
      const wanted = await read(() =>
        name === 'pointwise' ? conv2d(x, w) : depthwiseConv2d(x, w, null, { padding: 1 }),
      );
      for (const tile of TILES) {
        const got = await read(() => runLayer(layer, tileOf(name, tile), x, w));
        const worst = got.reduce((most, one, i) => Math.max(most, Math.abs(one - (wanted[i] as number))), 0);
        expect(worst, `${name} ${side} ${tile}`).toBeLessThan(1e-5);
      }
      for (const one of [x, w]) one.dispose();
    }
  }
  using x = tensor(
    device,
    Float32Array.from({ length: 4096 }, (_, i) => i),
  );
  for (const step of [1, 1024]) {
    using y = scope(() => copyBy(x, step));
    expect([...(await y.data())]).toEqual([...(await x.data())]);
  }
});

test('GPU kernel: a verdict for either roof and for each cause of a distance from it', () => {
  const layer = { name: 'depthwise', side: 56, channels: 64 } as const;
  const limits = { bytesPerSecond: 200e9, macsPerSecond: 1000e9, secondsPerDispatch: 1e-6 };
  expect(roofAt(limits, 1)).toBe(200e9);
  expect(roofAt(limits, 10)).toBe(1000e9);
  const of = (small: number, medium: number, large: number, other = limits) =>
    tileVerdict(layer, { small, medium, large }, other);
  expect(of(0.03, 0.02, 0.01)).toContain('the bandwidth is the lower roof: 0.00804 ms at least');
  expect(of(0.03, 0.02, 0.01)).toContain(
    '16 pixels × 4 channels with 0.0100 ms, 80.4 % of what the roof allows',
  );
  expect(of(0.03, 0.02, 0.01)).toContain('1 pixel × 4 channels takes 3.00 times as long');
  expect(of(0.03, 0.02, 0.01)).toContain('close to the roof');
  expect(of(0.03, 0.004, 0.01)).toContain('faster than the roof allows');
  expect(of(0.3, 0.2, 0.1)).toContain('3,136 threads');
  expect(of(0.3, 0.2, 0.1, { ...limits, secondsPerDispatch: 8e-5 })).toContain(
    'starting a dispatch alone takes 0.0800 ms',
  );
  expect(of(3, 2, 1, { ...limits, macsPerSecond: 1e9 })).toContain('the arithmetic is the lower roof');
  expect(apartText(8e9, 2e9)).toContain(
    '2.00 GB/s instead of 8.00. The copy moves the same numbers and is 4.00 times as slow',
  );
  expect(apartText(8e9, 8e9)).toContain('makes little difference');
});

test('transfer learning: pretrained features carry over to drawn faces, and random labels are learned by heart', async () => {
  const device = await testDevice();
  const weights = readFileSync(fileURLToPath(pretrainedUrl()));
  expect((weights.length / 1e6).toFixed(1)).toBe('2.8'); // MB, as the figure says
  const people = { train: 3, test: 6 };
  using pretrained = await trainedNetwork(device, weights);
  const good = await trainLastLayer(device, await featuresOf(device, pretrained, people), 3);
  expect(good.test[0]).toBeCloseTo(1 / 3, 6); // all weights are 0, so all faces are called class 0
  expect(good.test[1]).toBeGreaterThan(0.6); // nearly the final height after one step
  expect(good.test.at(-1)).toBeGreaterThan(0.6);

  const byHeart = await trainLastLayer(device, await pixelsOf(device), 5, true);
  expect(byHeart.train.at(-1)).toBeGreaterThan(0.9);
  expect(byHeart.test.at(-1)).toBeLessThan(0.45);

  const verdict = (pretrained: number, random: number) =>
    transferVerdict({ people: 5, tested: 90, pretrained, random });
  expect(verdict(0.9, 0.3)).toContain('Only the features differ');
  expect(verdict(0.4, 0.35)).toContain('too close to call');
  expect(verdict(0.3, 0.9)).toContain('unusual');
});

test('training dynamics: the steps show what their texts say, and meaningless labels are learned by heart', async () => {
  const device = await testDevice();
  const run = (settings: Partial<Parameters<typeof train>[1]>, isStale?: () => boolean) =>
    train(device, { width: 16, learningRate: 0.01, weightDecay: 0, pictures: 20, ...settings }, isStale);
  const end = (points: readonly Point[]) => points.at(-1) as Point;
  const over = await run({});
  expect(kindOf(over)).toBe('overfitting');
  expect(end(over).trainAccuracy).toBe(1);
  expect(verdictOfCurves(over)).toMatch(/^Overfitting: .*smallest at step \d+, with 0\.6\d\d\./);
  const slow = await run({ learningRate: 0.0001 });
  expect(kindOf(slow)).toBe('underfitting');
  let points = 0;
  expect(kindOf(await run({ learningRate: 1 }, () => points++ === 3))).toBe('diverged');
  const decayed = await run({ weightDecay: 0.1 });
  expect(end(decayed).validationLoss).toBeLessThan(end(over).validationLoss - 0.2);
  const shuffled = await run({ pictures: 80, isShuffled: true });
  expect(end(shuffled).trainAccuracy).toBeGreaterThan(0.95);
  expect(end(shuffled).validationAccuracy).toBeLessThan(0.65);
  const many = await run({ pictures: 320 });
  expect(kindOf(many)).toBe('fitting');
  expect(end(many).validationAccuracy).toBeGreaterThan(0.85);
});
