import { expect, test } from 'vitest';
import type { BatchSource } from '../../src/data/batch-source.ts';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from '../../src/data/imagenet.ts';
import { DeviceLostError } from '../../src/gpu/errors.ts';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { imagesToTensor } from '../../src/tensor/image.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { openDevice, testDevice } from '../support/device.ts';
import { drain, prepareRun } from '../support/fit-run.ts';
import type { SmallNetwork } from '../support/small-network.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** Softmax of a row, in double precision. */
function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The network's probabilities for images, one at a time. */
async function oneByOne(model: SmallNetwork, images: readonly Tensor[]): Promise<number[][]> {
  const rows: number[][] = [];
  model.eval();
  for (const image of images) {
    const logits = scope(() => noGrad(() => model.call(image)));
    rows.push(softmax([...(await logits.data())]));
    logits.dispose();
    image.dispose();
  }
  return rows;
}

function expectClose(got: Float32Array, wanted: readonly number[][]): void {
  expect(got.length).toBe(wanted.flat().length);
  for (const [i, value] of wanted.flat().entries()) expect(Math.abs(got[i]! - value)).toBeLessThan(1e-5);
}

test('accuracy, loss and counts as by hand, with a partly filled last batch', async () => {
  const source = tinyPictures(11, { classes: 4 });
  const { device, model, start, free } = await prepareRun({
    train: tinyPictures(8, { classes: 4, seed: 3 }),
  });
  await drain(start()); // so that the network's outputs differ
  model.train();
  const evaluation = await evaluate(model, source, { batch: 4, side: 32 });
  expect(model.training).toBe(true);

  const resize = { side: 32, mean: IMAGENET_MEAN, std: IMAGENET_STD };
  const wanted = await oneByOne(
    model,
    source.pictures.map((picture) => imagesToTensor(device, [picture], resize)),
  );
  const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  let loss = 0;
  let right = 0;
  for (const [i, row] of wanted.entries()) {
    const truth = i % 4;
    const said = row.indexOf(Math.max(...row));
    counts[truth]![said]!++;
    if (said === truth) right++;
    loss -= Math.log(row[truth]!) / 11;
  }
  expect(evaluation.count).toBe(11);
  expect([...evaluation.labels]).toEqual([...source.labels]);
  expectClose(evaluation.probabilities, wanted);
  expect(evaluation.confusion.toJSON()).toEqual(counts);
  expect(evaluation.accuracy).toBe(right / 11);
  expect(Math.abs(evaluation.loss - loss)).toBeLessThan(1e-5);

  // the batch size has no effect, even if larger than the set
  for (const batch of [1, 11, 64]) {
    const same = await evaluate(model, source, { batch, side: 32 });
    expectClose(same.probabilities, wanted);
    expect(same.confusion.toJSON()).toEqual(counts);
  }
  free();
});

test('a batch norm without running statistics needs a batch that divides the number of images', async () => {
  const device = await testDevice();
  const model = new Sequential(
    new Conv2d(3, 4, 32),
    new BatchNorm2d(4, { trackRunningStats: false }),
    new Flatten(),
  ).to(device);
  const source = tinyPictures(6, { classes: 4 });
  const options = { side: 32, color: 'rgb' } as const;
  await expect(evaluate(model, source, { ...options, batch: 4 })).rejects.toThrow(
    'evaluate: batch: 1 has no running statistics, so the padding of the last batch would change its results (got 4 for 6',
  );
  expect((await evaluate(model, source, { ...options, batch: 3 })).count).toBe(6);
  model.dispose();
});

test('an endless source is evaluated on its first images', async () => {
  const source = new DrawnFaceSource({ seed: 7, length: 5 });
  const { device, model, free } = await prepareRun({ train: source });
  const whole = source.open(device, { batch: 5, side: 32 });
  whole.load([0, 1, 2, 3, 4]);
  const { images, labels } = scope(() => whole.record());
  model.eval();
  const logits = scope(() => noGrad(() => model.call(images)));
  const values = [...(await logits.data())];
  const wanted = [0, 8, 16, 24, 32].map((from) => softmax(values.slice(from, from + 8)));
  const truth = [...(await labels.data())];
  for (const tensor of [images, labels, logits]) tensor.dispose();
  whole.dispose();

  const evaluation = await evaluate(model, source, { batch: 2, side: 32 });
  expectClose(evaluation.probabilities, wanted);
  expect([...evaluation.labels]).toEqual(truth);
  expect(evaluation.confusion.total).toBe(5);
  free();
});

test('leaks no memory, also after an error', async () => {
  const { device, model, free } = await prepareRun();
  const source = tinyPictures(5);
  const before = device.memory();
  await evaluate(model, source, { batch: 2, side: 32 });
  const failing: BatchSource = {
    classNames: source.classNames,
    length: source.length,
    order: source.order,
    open(gpu, options) {
      const reader = source.open(gpu, options);
      const load = () => {
        throw new Error('the disk is gone');
      };
      return { record: () => reader.record(), load, dispose: () => reader.dispose() };
    },
  };
  await expect(evaluate(model, failing, { batch: 2, side: 32 })).rejects.toThrow('the disk is gone');
  await expect(evaluate(model, source, { batch: 2, side: 16 })).rejects.toThrow(/at least 32/);
  const after = device.memory();
  expect(after.byOwner).toEqual(before.byOwner);
  expect(after.liveStorages).toBe(before.liveStorages);
  free();
});

test('images whose classes do not match the outputs of the model are rejected before anything runs', async () => {
  const { model, free } = await prepareRun({ train: tinyPictures(8, { classes: 3 }) });
  const options = { batch: 4, side: 32 };
  for (const [classes, names] of [
    [2, 'left, right'],
    [4, 'left, right, top, bottom'],
  ] as const) {
    const source = tinyPictures(8, { classes });
    const message = `evaluate: the images have ${classes} classes (${names}), but the model has 3. Map them`;
    await expect(evaluate(model, source, options)).rejects.toThrow(message);
    const positions = Array.from({ length: classes }, (_, i) => (i < 3 ? i : -1));
    const { confusion } = await evaluate(model, source.relabel(['left', 'right', 'top'], positions), options);
    expect(confusion.total).toBe(classes === 2 ? 8 : 6);
  }
  const flat = new Sequential(new Conv2d(3, 2, 1)).to(await testDevice());
  await expect(evaluate(flat, tinyPictures(4), options)).rejects.toThrow(
    'evaluate: the model returns [4, 32, 32, 2] for 4 images, expected logits [4, classes]',
  );
  flat.dispose();
  free();
});

test('a layer in evaluation mode by eval() stays so, and the others continue training', async () => {
  const { model, free } = await prepareRun();
  model.train();
  model.features.modules[1]!.eval();
  const modes = () => [...model.namedModules()].map(([path, { training }]) => `${path} ${training}`);
  const before = modes();
  await evaluate(model, tinyPictures(4), { batch: 4, side: 32 });
  expect(modes()).toEqual(before);
  await expect(evaluate(model, tinyPictures(4, { classes: 3 }), { batch: 4, side: 32 })).rejects.toThrow();
  expect(modes()).toEqual(before);
  free();
});

test('a lost device is the error that the caller gets, and the only one', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => void unheard.push(reason);
  const inNode = typeof window === 'undefined';
  if (inNode) process.on('unhandledRejection', hear);
  const device = await openDevice();
  const model = new Sequential(new Flatten(), new Linear(32 * 32 * 3, 2)).to(device);
  let batches = 0;
  const onProgress = () => {
    if (++batches === 2) device.gpu.destroy(); // not by us
  };
  const evaluation = evaluate(model, tinyPictures(64), { batch: 4, side: 32, onProgress });
  await expect(evaluation).rejects.toThrow(DeviceLostError);
  // unhandled rejections are reported one turn of the event loop later
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (inNode) process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});
