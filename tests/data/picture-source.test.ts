import { describe, expect, test } from 'vitest';
import { STRONG_AUGMENTATION } from '../../src/data/augmentation.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from '../../src/data/imagenet.ts';
import type { Picture } from '../../src/data/picture.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { imagesToTensor, type RawImage } from '../../src/tensor/image.ts';
import { scope } from '../../src/tensor/scope.ts';
import { testDevice } from '../support/device.ts';
import { noise, tinyPictures } from '../support/tiny-pictures.ts';

function picture(width: number, height: number, channels: 1 | 3 | 4, seed = 0): Picture {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => noise(i + 4001 * seed));
  return { width, height, channels, data, name: `${width} x ${height} x ${channels}` };
}

/** Channel c of a pixel in 0..1; transparency is white. */
function color({ width, channels, data }: Picture, row: number, column: number, c: number): number {
  const at = (row * width + column) * channels;
  if (channels === 1) return data[at]! / 255;
  const alpha = channels === 4 ? data[at + 3]! / 255 : 1;
  return alpha * (data[at + c]! / 255) + 1 - alpha;
}

/**
 * Weights of the pixels along an axis for one pixel of the result: a triangle as wide as the coarser of the two grids.
 */
function triangle(pixels: number, side: number, index: number): number[] {
  const scale = pixels / side;
  const reach = Math.max(1, scale);
  const weights = Array.from({ length: pixels }, (_, at) =>
    Math.max(0, 1 - Math.abs(at + 0.5 - (index + 0.5) * scale) / reach),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The image resized to [side, side, 3], in 0..1. */
function resized(source: Picture, side: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < side; i++) {
    const rows = triangle(source.height, side, i);
    for (let j = 0; j < side; j++) {
      const columns = triangle(source.width, side, j);
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (const [row, a] of rows.entries())
          if (a > 0)
            for (const [column, b] of columns.entries())
              if (b > 0) sum += a * b * color(source, row, column, c);
        result.push(sum);
      }
    }
  }
  return result;
}

describe('images on the GPU', () => {
  test.each([
    ['gray, natural size', picture(9, 9, 1)],
    ['gray, enlarged', picture(4, 4, 1)],
    ['color, reduced', picture(31, 23, 3)],
    ['color, wider than high', picture(40, 5, 3)],
    ['transparent', picture(13, 8, 4)],
    ['a single pixel', picture(1, 1, 3)],
    ['much larger', picture(90, 100, 1)],
  ])('%s', async (_, source) => {
    const device = await testDevice();
    using images = imagesToTensor(device, [source], { side: 9, mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2] });
    expect(images.shape).toEqual([1, 9, 9, 3]);
    const got = await images.data();
    for (const [i, value] of resized(source, 9).entries()) {
      const wanted = (value - [0.1, 0.2, 0.3][i % 3]!) / [0.5, 0.25, 2][i % 3]!;
      expect(Math.abs(got[i]! - wanted)).toBeLessThan(2e-5);
    }
  });

  test('each load returns images of several sizes in the requested order', async () => {
    const device = await testDevice();
    const pictures = [picture(5, 7, 1, 1), picture(12, 12, 3, 2), picture(3, 2, 4, 3), picture(20, 20, 1, 4)];
    const source = new PictureSource({
      pictures,
      labels: Uint32Array.of(0, 1, 1, 0),
      classNames: ['a', 'b'],
    });
    const reader = source.open(device, { batch: 3, side: 8 });
    for (const indices of [
      [2, 0, 3],
      [1, 1, 0],
    ]) {
      reader.load(indices);
      const { images, labels } = scope(() => reader.record());
      const got = await images.data();
      const wanted = indices.flatMap((index) => resized(pictures[index]!, 8));
      expect(got.length).toBe(wanted.length);
      for (const [i, value] of wanted.entries()) {
        const normalized = (value - IMAGENET_MEAN[i % 3]!) / IMAGENET_STD[i % 3]!;
        expect(Math.abs(got[i]! - normalized)).toBeLessThan(2e-5);
      }
      expect([...(await labels.data())]).toEqual(indices.map((index) => [0, 1, 1, 0][index]));
      images.dispose();
    }
    const before = device.memory().byOwner.data;
    reader.dispose();
    expect(device.memory().byOwner.data ?? 0).toBeLessThan(before!);
  });

  test('with color gray each pixel is its rounded luma, like a gray version of the image', async () => {
    const device = await testDevice();
    const color = picture(9, 7, 3);
    const luma = Uint8Array.from({ length: 63 }, (_, i) =>
      Math.round(
        0.299 * color.data[3 * i]! + 0.587 * color.data[3 * i + 1]! + 0.114 * color.data[3 * i + 2]!,
      ),
    );
    const read = async (image: RawImage, shown?: 'gray') => {
      using y = imagesToTensor(device, [image], { side: 6, color: shown });
      return [...(await y.data())];
    };
    const gray = await read({ width: 9, height: 7, data: luma });
    expect(await read(color, 'gray')).toEqual(gray);
    expect(await read(color)).not.toEqual(gray);
    const clear = { width: 2, height: 2, data: new Uint8Array(16) };
    expect(new Set(await read(clear, 'gray'))).toEqual(new Set([1])); // transparent is white
  });

  test('data that is not an image is rejected', async () => {
    const device = await testDevice();
    const bad = { width: 4, height: 4, data: new Uint8Array(15) };
    expect(() => imagesToTensor(device, [bad], { side: 8 })).toThrow(/image 0: 15 bytes for 4 x 4 pixels/);
    expect(() => imagesToTensor(device, [], { side: 8 })).toThrow(/got an empty list/);
  });
});

describe('PictureSource', () => {
  const namesOf = (source: PictureSource) => source.pictures.map(({ name }) => name);

  test('split takes the same share of each class, each image once', () => {
    const source = tinyPictures(40, { classes: 4, side: 1 });
    const [rest, share] = source.split(0.2, 3);
    expect([rest.length, share.length]).toEqual([32, 8]);
    for (const part of [rest, share]) {
      const counts = [0, 0, 0, 0];
      for (const label of part.labels) counts[label]!++;
      expect(new Set(counts).size).toBe(1);
    }
    expect([...namesOf(rest), ...namesOf(share)].sort()).toEqual(namesOf(source).sort());
    expect(rest.classNames).toEqual(source.classNames);
    // labels go with their pictures
    for (const [i, name] of namesOf(share).entries()) {
      expect(share.labels[i]).toBe(source.labels[namesOf(source).indexOf(name)]);
    }
  });

  test('split depends only on the seed', () => {
    const source = tinyPictures(40, { classes: 4, side: 1 });
    const at = (seed: number) => namesOf(source.split(0.2, seed)[1]);
    expect(at(3)).toEqual(at(3));
    expect(at(3)).not.toEqual(at(4));
  });

  test('split puts images of each class into both parts if possible', () => {
    const pictures = tinyPictures(5, { side: 1 }).pictures;
    const classNames = ['two', 'three'];
    const source = new PictureSource({ pictures, labels: Uint32Array.of(0, 0, 1, 1, 1), classNames });
    for (const share of [0.01, 0.5, 0.99]) {
      for (const part of source.split(share, 1)) expect(new Set(part.labels)).toEqual(new Set([0, 1]));
    }
    const single = new PictureSource({ pictures, labels: Uint32Array.of(0, 1, 1, 1, 1), classNames });
    const [rest, share] = single.split(0.5, 1);
    expect([...rest.labels].includes(0)).toBe(true);
    expect([...share.labels].includes(0)).toBe(false);
  });

  test('rejects an empty list, and labels that do not fit', () => {
    const { pictures } = tinyPictures(2, { side: 1 });
    const classNames = ['a', 'b'];
    expect(() => new PictureSource({ pictures: [], labels: new Uint32Array(0), classNames })).toThrow(
      /pictures: got an empty array/,
    );
    expect(() => new PictureSource({ pictures, labels: Uint32Array.of(0), classNames })).toThrow(
      /got 2 images and 1 labels/,
    );
    const beyond = { pictures, labels: Uint32Array.of(0, 2), classNames };
    expect(() => new PictureSource(beyond)).toThrow(/image picture 1 has label 2, but there are 2 classes/);
  });
});

describe('a batch for training', () => {
  const { pictures, labels, classNames } = tinyPictures(6, { side: 16 });
  const distributions = Float32Array.from({ length: 12 }, (_, i) =>
    i % 2 === 0 ? i / 12 : 1 - (i - 1) / 12,
  );

  test('contains soft targets, which stay with their images through split()', async () => {
    const device = await testDevice();
    const source = new PictureSource({ pictures, labels, classNames, distributions });
    const [, share] = source.split(0.5, 1);
    const wanted = share.pictures.map((one) => {
      const at = 2 * pictures.indexOf(one);
      return [...distributions.subarray(at, at + 2)];
    });
    const reader = share.open(device, { batch: 2, side: 16 });
    reader.load([1, 0]);
    const { images, targets } = scope(() => reader.record());
    expect(targets!.shape).toEqual([2, 2]);
    expect([...(await targets!.data())]).toEqual([...wanted[1]!, ...wanted[0]!]);
    images.dispose();
    reader.dispose();
    expect(source.hasTargets).toBe(true);
    expect(new PictureSource({ pictures, labels, classNames }).hasTargets).toBe(false);
    const short = { pictures, labels, classNames, distributions: new Float32Array(3) };
    expect(() => new PictureSource(short)).toThrow(/3 soft targets for 6 images of 2 classes, expected 12/);
  });

  test('is augmented differently at each step, equally at the same step, and in parts as in one batch', async () => {
    const device = await testDevice();
    const source = new PictureSource({ pictures, labels, classNames });
    const open = (batch: number) =>
      source.open(device, { batch, side: 16, seed: 4, augmentation: STRONG_AUGMENTATION });
    const whole = open(4);
    const part = open(2);
    const at = async (reader: typeof whole, indices: number[], step: number, slot = 0) => {
      reader.load(indices, step, slot);
      const { images } = scope(() => reader.record());
      const values = await images.data();
      images.dispose();
      return values;
    };
    const first = await at(whole, [0, 1, 2, 3], 7);
    expect(await at(whole, [0, 1, 2, 3], 8)).not.toEqual(first);
    expect(await at(whole, [0, 1, 2, 3], 7)).toEqual(first);
    expect(await at(part, [2, 3], 7, 2)).toEqual(first.slice(first.length / 2));
    whole.dispose();
    part.dispose();
  });

  test('has a fingerprint of images, labels and soft targets', () => {
    const print = (changed: object) =>
      new PictureSource({ pictures, labels, classNames, ...changed }).fingerprint;
    const first = print({});
    expect(print({})).toBe(first);
    expect(print({ labels: Uint32Array.from(labels, (label) => 1 - label) })).not.toBe(first);
    expect(print({ pictures: tinyPictures(6, { side: 16, seed: 1 }).pictures })).not.toBe(first);
    expect(print({ distributions })).not.toBe(first);
  });
});
