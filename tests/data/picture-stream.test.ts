import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/data/data-error.ts';
import type { Picture } from '../../src/data/picture.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import { testDevice } from '../support/device.ts';
import { drain, prepareRun, stateBits } from '../support/fit-run.ts';
import { noise, tinyPictures } from '../support/tiny-pictures.ts';

/** Images of different sizes, with soft targets. */
function data(count: number) {
  const pictures = Array.from({ length: count }, (_, i): Picture => {
    const [width, height, channels] = [8 + i, 9, i % 2 ? 3 : 1] as const;
    const bytes = Uint8Array.from({ length: width * height * channels }, (_, at) => noise(at + 99 * i));
    return { width, height, channels, data: bytes, name: `${i}.png` };
  });
  const labels = Uint32Array.from({ length: count }, (_, i) => i % 2);
  const distributions = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? 0.25 : 0.75));
  return { pictures, labels, distributions, classNames: ['a', 'b'] };
}

function streamOf({ pictures, ...rest }: ReturnType<typeof data>) {
  const reads: number[] = [];
  const read = async (index: number) => {
    reads.push(index);
    await Promise.resolve();
    return pictures[index]!;
  };
  const largest = Math.max(...pictures.map((picture) => picture.data.length));
  return { stream: new PictureStream({ ...rest, read, largest }), reads };
}

describe('a stream of images', () => {
  test('returns the batches of a source in memory, bit for bit', async () => {
    const device = await testDevice();
    const all = data(7);
    const { stream, reads } = streamOf(all);
    const readers = [new PictureSource(all), stream].map((source) =>
      source.open(device, { batch: 3, side: 8 }),
    );
    for (const indices of [
      [0, 1, 2],
      [6, 3, 6],
    ]) {
      const batches: number[][] = [];
      for (const reader of readers) {
        await reader.prepare?.(indices);
        reader.load(indices);
        const { images, labels, targets } = reader.record();
        batches.push([...(await images.data()), ...(await labels.data()), ...(await targets!.data())]);
        images.dispose();
      }
      expect(batches[1]).toEqual(batches[0]);
    }
    expect(reads).toEqual([0, 1, 2, 6, 3]); // an image that occurs twice in a batch is read once
    for (const reader of readers) reader.dispose();
  });

  test('reads ahead once, and drops a batch after it was loaded', async () => {
    const { stream, reads } = streamOf(data(4));
    const reader = stream.open(await testDevice(), { batch: 2, side: 8 });
    const ahead = reader.prepare!([0, 1]);
    const overlapping = reader.prepare!([1, 2]);
    await reader.prepare!([0, 1]);
    await Promise.all([ahead, overlapping]);
    expect(reads).toEqual([0, 1, 1, 2]);
    reader.load([0, 1]);
    reader.load([1, 2]);
    expect(() => reader.load([0, 1])).toThrow(/load\(\) was called before prepare\(\)/);
    await reader.prepare!([0, 1]);
    expect(reads.length).toBe(6);
    reader.load([0, 1]);
    reader.dispose();
  });

  test('an image that cannot be read is an error of its batch, which can be retried', async () => {
    const { pictures, ...rest } = data(2);
    let isBroken = true;
    const stream = new PictureStream({
      ...rest,
      largest: 1000,
      read: async (index) => {
        if (isBroken) throw new DataError(`picture ${index} is torn`);
        return pictures[index]!;
      },
    });
    const reader = stream.open(await testDevice(), { batch: 1, side: 8 });
    await expect(reader.prepare!([1])).rejects.toThrow('picture 1 is torn');
    isBroken = false;
    await reader.prepare!([1]);
    reader.load([1]);
    reader.dispose();
  });

  test('an image larger than promised is rejected by name', async () => {
    const { pictures, ...rest } = data(2);
    const stream = new PictureStream({ ...rest, largest: 10, read: async (index) => pictures[index]! });
    const reader = stream.open(await testDevice(), { batch: 1, side: 8 });
    await expect(reader.prepare!([1])).rejects.toThrow(/1\.png has 243 bytes.*at most 10/);
    reader.dispose();
  });

  test('trains a network bit for bit like a source in memory', async () => {
    const source = tinyPictures(8);
    const { pictures, labels, classNames } = source;
    const stream = new PictureStream({
      read: async (index) => pictures[index]!,
      largest: 32 * 32,
      labels,
      classNames,
    });
    const states: string[][] = [];
    for (const train of [source, stream]) {
      const { model, start, free } = await prepareRun({ train, fit: { valid: train } });
      const { epochs } = await drain(start({ epochs: 1 }));
      expect(epochs.length).toBe(1);
      states.push([...stateBits(await model.stateDict()), String(epochs[0]!.valid!.loss)]);
      free();
    }
    expect(states[1]).toEqual(states[0]);
  });

  test('splits like a source in memory', async () => {
    const all = data(12);
    const { stream } = streamOf(all);
    const parts = stream.split(0.25, 5);
    const wanted = new PictureSource(all).split(0.25, 5);
    for (const [i, part] of parts.entries()) {
      expect([...part.labels]).toEqual([...wanted[i]!.labels]);
      expect((await part.picture(1)).name).toBe(wanted[i]!.pictures[1]!.name);
      expect(part.hasTargets).toBe(true);
    }
  });

  test('labels must fit the classes', () => {
    const { pictures, ...rest } = data(3);
    const read = async (index: number) => pictures[index]!;
    expect(() => new PictureStream({ ...rest, classNames: ['a'], read, largest: 9 })).toThrow(DataError);
  });
});
