import { describe, expect, test } from 'vitest';
import { DrawnFaces, EXPRESSIONS, type FaceBatch } from '../../src/data/drawn-faces.ts';
import type { Device } from '../../src/gpu/device.ts';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { scope } from '../../src/tensor/scope.ts';
import { bitsOf, firstDifference } from '../support/bits.ts';
import { testDevice } from '../support/device.ts';

interface Drawing {
  pixels: Float32Array;
  bits: Uint32Array;
  labels: number[];
}

/** Reads a batch and frees it. */
async function read({ images, labels }: FaceBatch): Promise<Drawing> {
  const bits = await bitsOf(images);
  const drawing = { pixels: new Float32Array(bits.buffer), bits, labels: [...(await labels.data())] };
  images.dispose();
  labels.dispose();
  return drawing;
}

function draw(device: Device, seed: number, side: number, first: number, count: number, label?: number) {
  const options = label === undefined ? {} : { label };
  return read(new DrawnFaces(device, { seed, side }).batch(first, count, options));
}

/** Mean absolute difference over a range of both arrays. */
function distance(a: Float32Array, b: Float32Array, from = 0, to = a.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / (to - from);
}

describe('a set depends only on its seed', () => {
  test('the same seed draws the same bits and labels', async () => {
    const device = await testDevice();
    const [a, b] = [await draw(device, 7, 24, 100, 12), await draw(device, 7, 24, 100, 12)];
    expect(firstDifference(a.bits, b.bits)).toBe(-1);
    expect(a.labels).toEqual(b.labels);
  });

  test('other seeds and numbers draw other images', async () => {
    const device = await testDevice();
    const [a, b] = [await draw(device, 7, 24, 0, 8), await draw(device, 8, 24, 0, 8)];
    const size = 24 * 24 * 3;
    for (let i = 0; i < 8; i++) {
      expect(distance(a.pixels, b.pixels, i * size, (i + 1) * size)).toBeGreaterThan(0.03);
      for (let j = 0; j < i; j++) {
        const [one, other] = [i, j].map((n) => a.pixels.subarray(n * size, (n + 1) * size));
        expect(distance(one!, other!)).toBeGreaterThan(0.03);
      }
    }
    expect(a.labels).not.toEqual(b.labels);
  });

  test('an image does not depend on its batch', async () => {
    const device = await testDevice();
    const whole = await draw(device, 3, 24, 40, 10);
    const part = await draw(device, 3, 24, 46, 3);
    const size = 24 * 24 * 3;
    expect(firstDifference(part.bits, whole.bits.slice(6 * size, 9 * size))).toBe(-1);
    expect(part.labels).toEqual(whole.labels.slice(6, 9));
  });

  test('numbers up to the largest u32', async () => {
    const device = await testDevice();
    const { pixels } = await draw(device, 0xffffffff, 16, 0xffffffff, 1);
    expect(pixels.every((v) => v >= 0 && v <= 1)).toBe(true);
  });
});

describe('any side', () => {
  // 8: a row has fewer pixels than a thread paints; 33: rows end within a run; 112: many runs per image
  test.each([8, 33, 48, 112])('%i pixels: values in 0..1, labels as for any other side', async (side) => {
    const device = await testDevice();
    const { pixels, labels } = await draw(device, 5, side, 20, 16);
    expect(pixels.length).toBe(16 * side * side * 3);
    expect(pixels.findIndex((v) => !(v >= 0 && v <= 1))).toBe(-1);
    expect(labels).toEqual((await draw(device, 5, 16, 20, 16)).labels);
    // no image is blank: each has light and dark pixels
    const size = side * side * 3;
    for (let i = 0; i < 16; i++) {
      const picture = pixels.subarray(i * size, (i + 1) * size);
      expect(Math.max(...picture) - Math.min(...picture)).toBeGreaterThan(0.3);
    }
  });

  test('a higher resolution shows the same image', async () => {
    const device = await testDevice();
    const [coarse, fine] = [await draw(device, 5, 16, 0, 6), await draw(device, 5, 96, 0, 6)];
    const stranger = await draw(device, 6, 96, 0, 6);
    const near = distance(coarse.pixels, shrunk(fine.pixels, 96, 6));
    const far = distance(coarse.pixels, shrunk(stranger.pixels, 96, 6));
    expect(near).toBeLessThan(0.03);
    expect(far).toBeGreaterThan(0.1);
  });
});

/** Each pixel is the mean of `by` x `by` pixels of the images [side, side, 3]. */
function shrunk(pixels: Float32Array, side: number, by: number): Float32Array {
  const small = side / by;
  const result = new Float32Array(pixels.length / (by * by));
  for (let i = 0; i < pixels.length; i++) {
    const pixel = Math.floor(i / 3);
    const [n, row, column] = [Math.floor(pixel / side ** 2), Math.floor(pixel / side) % side, pixel % side];
    const at = (n * small + Math.floor(row / by)) * small + Math.floor(column / by);
    result[3 * at + (i % 3)]! += pixels[i]! / (by * by);
  }
  return result;
}

describe('labels', () => {
  test.each([8, 7, 2])('%i classes, equally frequent up to chance', async (classes) => {
    const device = await testDevice();
    const faces = new DrawnFaces(device, { seed: 11, side: 8, classes });
    expect(faces.labelNames).toEqual(EXPRESSIONS.slice(0, classes));
    const pictures = 4000;
    const { labels } = await read(faces.batch(0, pictures));
    const counts = EXPRESSIONS.map((_, label) => labels.filter((l) => l === label).length);
    const expected = pictures / classes;
    const deviation = Math.sqrt(expected * (1 - 1 / classes));
    for (const [label, count] of counts.entries()) {
      if (label >= classes) expect(count).toBe(0);
      else expect(Math.abs(count - expected)).toBeLessThan(5 * deviation);
    }
    // the order is random: a label tells nothing about the next one
    const repeats = labels.filter((label, i) => label === labels[i - 1]).length;
    expect(Math.abs(repeats - expected)).toBeLessThan(5 * deviation);
  });

  test('a requested expression changes only the face', async () => {
    const device = await testDevice();
    const [side, count] = [48, 16];
    const all: Drawing[] = [];
    for (const label of EXPRESSIONS.keys()) all.push(await draw(device, 9, side, 0, count, label));
    const free = await draw(device, 9, side, 0, count);
    const size = side * side * 3;
    const top = 4 * side * 3; // four rows: hair and wall
    for (const [label, drawing] of all.entries()) {
      expect(drawing.labels).toEqual(Array(count).fill(label));
      for (let i = 0; i < count; i++) {
        const one = drawing.bits.subarray(i * size, (i + 1) * size);
        // an image that already had this expression is identical
        if (free.labels[i] === label) {
          expect(firstDifference(one, free.bits.subarray(i * size, (i + 1) * size))).toBe(-1);
        }
        for (const other of all.slice(0, label)) {
          const two = other.bits.subarray(i * size, (i + 1) * size);
          expect(firstDifference(one.subarray(0, top), two.subarray(0, top))).toBe(-1);
          const changed = changedPixels(one, two);
          expect(changed).toBeGreaterThan(0.01 * side * side);
          expect(changed).toBeLessThan(0.6 * side * side);
        }
      }
    }
  });
});

function changedPixels(a: Uint32Array, b: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i += 3) {
    if (a[i] !== b[i] || a[i + 1] !== b[i + 1] || a[i + 2] !== b[i + 2]) count++;
  }
  return count;
}

describe('into tensors and recordings', () => {
  test('draws into existing tensors without allocating others', async () => {
    const device = await testDevice();
    const faces = new DrawnFaces(device, { seed: 2, side: 16 });
    using images = zeros(device, [3, 16, 16, 3]);
    using labels = zeros(device, [3], 'u32');
    const drawn = faces.batch(5, 3, { into: { images, labels } });
    expect(drawn.images).toBe(images);
    expect(drawn.labels).toBe(labels);
    const expected = await draw(device, 2, 16, 5, 3);
    expect(firstDifference(await bitsOf(images), expected.bits)).toBe(-1);
    expect([...(await labels.data())]).toEqual(expected.labels);
  });

  test('a recording draws from the number that was written', async () => {
    const device = await testDevice();
    const faces = new DrawnFaces(device, { seed: 2, side: 16 });
    using first = tensor(device, Uint32Array.of(0));
    const capture = await device.capture(() => scope(() => faces.batch(first, 4)));
    for (const start of [0, 4, 1000, 3]) {
      first.write([start]);
      const { images, labels } = capture.run();
      const expected = await draw(device, 2, 16, start, 4);
      expect(firstDifference(await bitsOf(images), expected.bits)).toBe(-1);
      expect([...(await labels.data())]).toEqual(expected.labels);
    }
    capture.dispose();
  });
});

test('values out of range are rejected by name', async () => {
  const device = await testDevice();
  const make = (options: object) => () => new DrawnFaces(device, { seed: 1, side: 16, ...options });
  for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
    expect(make({ seed })).toThrow(/seed: got .*, expected an integer/);
  for (const side of [7, 16.5, 4097])
    expect(make({ side })).toThrow(/side: got .*, expected an integer from 8 to 4096/);
  for (const classes of [1, 9])
    expect(make({ classes })).toThrow(/classes: got .*, expected an integer from 2 to 8/);
  const faces = new DrawnFaces(device, { seed: 1, side: 16, classes: 7 });
  for (const count of [0, -1, 1.5])
    expect(() => faces.batch(0, count)).toThrow(/count: got .*, expected an integer/);
  for (const label of [-1, 7])
    expect(() => faces.batch(0, 1, { label })).toThrow(/label: got .*, expected an integer from 0 to 6/);
  expect(() => faces.batch(-1, 1)).toThrow(/first: got -1, expected an integer/);
  using two = tensor(device, Uint32Array.of(0, 1));
  expect(() => faces.batch(two, 1)).toThrow(/first: got u32 \[2\], expected u32 \[1\]/);
  using images = zeros(device, [1, 16, 16, 3]);
  using labels = zeros(device, [1]);
  expect(() => faces.batch(0, 1, { into: { images, labels } })).toThrow(
    /into.labels: got .*, expected u32 \[1\]/,
  );
  expect(() => faces.batch(0, 2, { into: { images, labels } })).toThrow(
    /into.images: got .*, expected f32 \[2, 16/,
  );
});
