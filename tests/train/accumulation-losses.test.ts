// A step in parts equals the step of the whole batch, for every form of loss: same gradients, same metrics.
import { describe, expect, test } from 'vitest';
import { STRONG_AUGMENTATION } from '../../src/data/augmentation.ts';
import type { BatchSource } from '../../src/data/batch-source.ts';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { AvgPool2d } from '../../src/layers/pooling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import type { Loss, LossFunction } from '../../src/loss/loss.ts';
import { SoftmaxCenterLoss } from '../../src/loss/softmax-center-loss.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { tensor } from '../../src/tensor/create.ts';
import { mul, sub } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { oneHot } from '../../src/tensor/ops/one-hot.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import type { FitOptions } from '../../src/train/fit.ts';
import { testDevice } from '../support/device.ts';
import { drain } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** Logits of 8 x 8 means, without batch norm, which sees one part at a time. */
async function network(classes: number, isZero = false) {
  const device = await testDevice();
  const model = new Sequential(new AvgPool2d(8), new Flatten(), new Linear(48, classes)).to(device, {
    seed: 3,
  });
  if (isZero) for (const { value } of model.parameters()) value.write(new Array(value.size).fill(0));
  return model;
}

interface Outcome {
  metrics: {
    loss: number;
    parts: Record<string, number>;
    correct: number;
    counted: number;
    gradientNorm: number;
  };
  /** of the parameters, by one step of SGD with rate 1 */
  gradient: number[];
  kept: number[];
}

async function step(
  train: BatchSource,
  loss: Loss | LossFunction,
  options: Partial<FitOptions> & { isZero?: boolean },
): Promise<Outcome> {
  const { isZero, ...changed } = options;
  const model = await network(train.classNames.length, isZero);
  const optimizer = new SGD(model, { learningRate: 1 });
  const values = async () => [...(await model.stateDict()).values()].flatMap(({ data }) => [...data]);
  const before = await values();
  const fitting = { train, loss, optimizer, epochs: 1, batch: train.length, side: 32, ...changed };
  const { fit } = await import('../../src/train/fit.ts');
  const { steps } = await drain(fit(model, fitting));
  const after = await values();
  const kept = typeof loss === 'object' ? ((await loss.stateDict?.())?.get('centers')?.data ?? []) : [];
  optimizer.dispose();
  model.dispose();
  const { loss: total, parts, correct, counted, gradientNorm } = steps[0]!;
  return {
    metrics: { loss: total, parts, correct, counted, gradientNorm },
    gradient: before.map((value, i) => value - after[i]!),
    kept: [...kept],
  };
}

function expectSame(got: Outcome, wanted: Outcome): void {
  const close = (a: number, b: number, scale: number) => expect(Math.abs(a - b)).toBeLessThan(2e-6 * scale);
  const largest = Math.max(...wanted.gradient.map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  for (const [i, value] of got.gradient.entries()) close(value, wanted.gradient[i]!, largest + 1);
  expect(got.kept.length).toBe(wanted.kept.length);
  for (const [i, value] of got.kept.entries()) close(value, wanted.kept[i]!, 10);
  const { metrics } = got;
  expect([metrics.correct, metrics.counted]).toEqual([wanted.metrics.correct, wanted.metrics.counted]);
  close(metrics.loss, wanted.metrics.loss, 10 + Math.abs(wanted.metrics.loss));
  close(metrics.gradientNorm, wanted.metrics.gradientNorm, 10);
  expect(Object.keys(metrics.parts)).toEqual(Object.keys(wanted.metrics.parts));
  for (const [name, value] of Object.entries(wanted.metrics.parts)) close(metrics.parts[name]!, value, 10);
}

/** The same images, with labels known only to the device. */
function silent(source: PictureSource): BatchSource {
  const { classNames, length, order } = source;
  return { classNames, length, order, open: (device, options) => source.open(device, options) };
}

test('zero logits, weights [1, 3], labels [0, 0, 1, 1] in two parts: 1/16 for class 0, 3/16 for class 1', async () => {
  const { pictures, classNames } = tinyPictures(4);
  const train = new PictureSource({ pictures, labels: Uint32Array.of(0, 0, 1, 1), classNames });
  const weight = tensor(await testDevice(), [1, 3]);
  for (const accumulate of [1, 2]) {
    const loss = new CrossEntropyLoss({ weight });
    const { gradient, metrics } = await step(train, loss, { accumulate, isZero: true });
    expect(metrics.loss).toBeCloseTo(Math.LN2, 6);
    // d bias = 2 rows of class 0 and 2 of class 1: 2 (-1/16) + 2 (3/16), and the negative
    const [a, b] = gradient.slice(96, 98) as [number, number];
    expect(a).toBeCloseTo(2 * (-1 / 16) + 2 * (3 / 16), 6);
    expect(b).toBeCloseTo(2 * (1 / 16) + 2 * (-3 / 16), 6);
  }
});

describe.each([2, 4])('in %i parts', (accumulate) => {
  const train = tinyPictures(16, { classes: 4 });
  const weights = async () => tensor(await testDevice(), [1, 3, 0.25, 2]);
  const center = (options: ConstructorParameters<typeof SoftmaxCenterLoss>[2]) => async () =>
    new SoftmaxCenterLoss(4, 4, { over: 'logits', ...options }).to(await testDevice(), { seed: 2 });
  const losses: [string, () => Promise<Loss | LossFunction>][] = [
    ['cross-entropy', async () => new CrossEntropyLoss()],
    ['class weights', async () => new CrossEntropyLoss({ weight: await weights() })],
    [
      'class weights and smoothing',
      async () => new CrossEntropyLoss({ weight: await weights(), labelSmoothing: 0.2 }),
    ],
    ['an ignored class', async () => new CrossEntropyLoss({ ignoreIndex: 2 })],
    [
      'an ignored class, class weights and smoothing',
      async () => new CrossEntropyLoss({ ignoreIndex: 1, weight: await weights(), labelSmoothing: 0.1 }),
    ],
    ['a sum', async () => new CrossEntropyLoss({ reduction: 'sum', ignoreIndex: 3 })],
    ['learned centers', center({ lambda: 0.5 })],
    ['learned centers and class weights', async () => center({ lambda: 0.5, weight: await weights() })()],
    ['released centers', center({ lambda: 0.5, kind: 'released' })],
    [
      'released centers and class weights',
      async () => center({ lambda: 0.1, kind: 'released', weight: await weights() })(),
    ],
    [
      'a function',
      async () => (logits, targets) =>
        mean(mul(sub(logits, oneHot(targets, 4)), sub(logits, oneHot(targets, 4)))),
    ],
    [
      'a function that sums, in a class that declares it',
      async (): Promise<Loss> => ({ reduction: 'sum', call: (logits) => sum(mul(logits, logits)) }),
    ],
  ];
  test.each(losses)('%s', async (_, make) => {
    const whole = await step(train, await make(), {});
    expectSame(await step(train, await make(), { accumulate }), whole);
    // if the host does not know the labels
    expectSame(await step(silent(train), await make(), { accumulate }), whole);
    expectSame(await step(silent(train), await make(), {}), whole);
  });

  test('soft targets', async () => {
    const { pictures, labels, classNames } = train;
    const distributions = Float32Array.from({ length: 64 }, (_, i) => (labels[i >> 2] === i % 4 ? 0.7 : 0.1));
    const source = new PictureSource({ pictures, labels, classNames, distributions });
    const loss = new CrossEntropyLoss({ weight: await weights() });
    const options = { targets: 'distribution' } as const;
    const whole = await step(source, loss, options);
    expectSame(await step(source, loss, { ...options, accumulate }), whole);
  });

  test('mixup', async () => {
    const loss = new CrossEntropyLoss({ weight: await weights(), labelSmoothing: 0.1 });
    const options = { mixup: 0.4, augmentation: STRONG_AUGMENTATION };
    const whole = await step(train, loss, options);
    expectSame(await step(train, loss, { ...options, accumulate }), whole);
    const plain = await step(train, loss, {});
    expect(Math.abs(plain.metrics.loss - whole.metrics.loss)).toBeGreaterThan(1e-3);
  });

  test('drawn faces', async () => {
    const faces = new DrawnFaceSource({ seed: 1, length: 16, classes: 4 });
    const loss = new CrossEntropyLoss({ weight: await weights(), ignoreIndex: 0 });
    expectSame(await step(faces, loss, { accumulate }), await step(faces, loss, {}));
  });
});
