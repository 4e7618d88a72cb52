import { expect, test } from 'vitest';
import type { BatchSource } from '../../src/data/batch-source.ts';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { DrawnFaces } from '../../src/data/drawn-faces.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import { readImages } from '../../src/data/read-images.ts';
import { testDevice } from '../support/device.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const source = tinyPictures(3, { side: 8 });
/** The gray bytes of an image, three times each. */
const rgbOf = (index: number) => Array.from(source.pictures[index]!.data).flatMap((v) => [v, v, v]);

test('images in memory, at their own size: their bytes and labels, in any order', async () => {
  const device = await testDevice();
  const before = device.memory().liveBytes;
  const images = await readImages(device, source, [2, 0, 2], 8);
  expect(images.map(({ label }) => label)).toEqual([0, 0, 0]);
  expect(images.map(({ pixels }) => [...pixels])).toEqual([2, 0, 2].map(rgbOf));
  expect(device.memory().liveBytes).toBe(before);
});

test('images of a stream are read when they are needed', async () => {
  const { pictures, labels, classNames } = source;
  const read = async (index: number) => pictures[index]!;
  const stream = new PictureStream({ read, labels, classNames, largest: 64 });
  const [image] = await readImages(await testDevice(), stream, [1], 8);
  expect(image).toEqual({ pixels: Uint8Array.from(rgbOf(1)), label: 1 });
});

test('drawn faces, including indices that are not consecutive', async () => {
  const device = await testDevice();
  const faces = new DrawnFaces(device, { seed: 3, side: 12 });
  const images = await readImages(device, new DrawnFaceSource({ seed: 3, length: 4 }), [9, 2], 12);
  for (const [i, index] of [9, 2].entries()) {
    const drawn = faces.batch(index, 1);
    const wanted = Array.from(await drawn.images.data(), (v) => Math.round(255 * v));
    expect([...images[i]!.pixels]).toEqual(wanted);
    expect(images[i]!.label).toBe((await drawn.labels.data())[0]);
    drawn.images.dispose();
    drawn.labels.dispose();
  }
});

test('any other source; values outside of 0..1 are clamped', async () => {
  const device = await testDevice();
  const own: BatchSource = {
    classNames: ['a', 'b'],
    length: 2,
    order: 'shuffle',
    open: (gpu, options) => source.open(gpu, { ...options, std: [0.5, 0.5, 0.5] }),
  };
  const [image] = await readImages(device, own, [0], 8);
  expect([...image!.pixels]).toEqual(rgbOf(0).map((v) => Math.min(255, 2 * v)));
});

test.each([3, -1, 0.5, Number.NaN])('rejects an index that the source does not have: %s', async (index) => {
  await expect(readImages(await testDevice(), source, [0, index], 8)).rejects.toThrow(
    `readImages: indices: got ${index}, expected integers from 0 to 2`,
  );
});
