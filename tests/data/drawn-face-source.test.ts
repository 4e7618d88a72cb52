import { expect, test } from 'vitest';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { DrawnFaces, EXPRESSIONS } from '../../src/data/drawn-faces.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from '../../src/data/imagenet.ts';
import { scope } from '../../src/tensor/scope.ts';
import { expectClose } from '../reference/expect-close.ts';
import { testDevice } from '../support/device.ts';

test('each load returns the next faces of the set, normalized', async () => {
  const device = await testDevice();
  const source = new DrawnFaceSource({ seed: 4, length: 100 });
  expect(source.classNames).toEqual(EXPRESSIONS);
  const faces = new DrawnFaces(device, { seed: 4, side: 12 });
  const reader = source.open(device, { batch: 5, side: 12 });
  const recorded = await device.capture(() => scope(() => reader.record()));
  for (const start of [0, 5, 95, 100]) {
    reader.load(Array.from({ length: 5 }, (_, i) => start + i));
    const { images, labels } = recorded.run();
    const drawn = faces.batch(start, 5);
    const [got, plain] = [await images.data(), await drawn.images.data()];
    const off = plain.findIndex(
      (value, i) => !(Math.abs(got[i]! - (value - IMAGENET_MEAN[i % 3]!) / IMAGENET_STD[i % 3]!) < 1e-5),
    );
    expect(off).toBe(-1);
    expect([...(await labels.data())]).toEqual([...(await drawn.labels.data())]);
    drawn.images.dispose();
    drawn.labels.dispose();
  }
  recorded.dispose();
  reader.dispose();
});

test('with color gray all three channels are the luma', async () => {
  const device = await testDevice();
  const faces = new DrawnFaces(device, { seed: 4, side: 8 });
  const options = { batch: 2, side: 8, mean: [0, 0, 0], std: [1, 1, 1], color: 'gray' } as const;
  const reader = new DrawnFaceSource({ seed: 4, length: 100 }).open(device, options);
  reader.load([0, 1]);
  const { images, labels } = scope(() => reader.record());
  const drawn = faces.batch(0, 2);
  const [got, plain] = [await images.data(), await drawn.images.data()];
  const luma = Array.from(plain, (_, i) => {
    const at = i - (i % 3);
    return 0.299 * plain[at]! + 0.587 * plain[at + 1]! + 0.114 * plain[at + 2]!;
  });
  expectClose(got, luma);
  for (const tensor of [images, labels, drawn.images, drawn.labels]) tensor.dispose();
  reader.dispose();
});

test('a reader rejects faces that are not consecutive, which it could not draw', async () => {
  const reader = new DrawnFaceSource({ seed: 4, length: 100 }).open(await testDevice(), {
    batch: 2,
    side: 8,
  });
  const refused: [number[], RegExp][] = [
    [[5, 9], /load\(\) got 2 faces \(5, 9\), expected 2 consecutive ones/],
    [[6, 5], /\(6, 5\)/],
    [[5], /got 1 faces \(5\), expected 2/],
    [[1, 2, 3, 4, 5], /got 5 faces \(1, 2, 3, 4, \.\.\.\), expected 2/],
  ];
  for (const [indices, message] of refused) expect(() => reader.load(indices)).toThrow(message);
  reader.load([5, 6]);
  reader.dispose();
});

test('a reader leaves no memory behind', async () => {
  const device = await testDevice();
  const before = device.memory().liveBytes;
  const reader = new DrawnFaceSource({ seed: 4, length: 10, classes: 7 }).open(device, { batch: 2, side: 8 });
  expect(device.memory().liveBytes).toBeGreaterThan(before);
  reader.dispose();
  expect(device.memory().liveBytes).toBe(before);
});

test('rejects a set without images, and invalid classes or seeds', () => {
  const make = (options: object) => () => new DrawnFaceSource({ seed: 1, length: 10, ...options });
  for (const length of [0, -5, 2.5, Number.NaN])
    expect(make({ length })).toThrow(/length: got .*, expected an integer/);
  for (const classes of [1, 9])
    expect(make({ classes })).toThrow(/classes: got .*, expected an integer from 2 to 8/);
  expect(make({ seed: -1 })).toThrow(/seed: got -1, expected an integer/);
  expect(make({ classes: 7 })().classNames).toEqual(EXPRESSIONS.slice(0, 7));
});
