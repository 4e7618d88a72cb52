import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/data/data-error.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import { type SoftTargets, withSoftTargets } from '../../src/data/soft-targets.ts';

const classNames = ['Happy', 'Sadness', 'Anger'];
const labels = Uint32Array.of(0, 2, 1);
const pictures = ['a.png', 'b.png', 'c.png'].map((name, i) => {
  return { width: 2, height: 2, channels: 1 as const, data: new Uint8Array(4).fill(50 * i), name };
});
const votes = Float32Array.of(0.75, 0.25, 0, 0, 0.25, 0.75, 0, 1, 0);
const source = (distributions?: Float32Array) =>
  new PictureSource({ pictures, labels, classNames, ...(distributions && { distributions }) });
const streamed = (
  names: string[] | undefined = pictures.map(({ name }) => name),
  distributions?: Float32Array,
) =>
  new PictureStream({
    read: async (index) => pictures[index]!,
    labels,
    classNames,
    largest: 4,
    ...(names && { names }),
    ...(distributions && { distributions }),
  });

/** Rows in another order than the images, classes in another order and under other names, and a row too many. */
const targets = (changes: Record<string, number[]> = {}, names = ['angry', 'HAPPY', 'sad']): SoftTargets => ({
  classNames: names,
  rows: new Map(
    Object.entries({
      'c.png': [0.5, 0.25, 0.25],
      'other.png': [1, 0, 0],
      'a.png': [0, 1, 0],
      'b.png': [0.25, 0.5, 0.25],
      ...changes,
    }).map(([name, row]) => [name, Float32Array.from(row)]),
  ),
  where: 'teacher.csv',
});

describe('withSoftTargets', () => {
  test.each([
    ['labels', undefined, 0.5, [1, 0, 0, 0.25, 0.125, 0.625, 0.125, 0.625, 0.25]],
    ['votes', votes, 0.5, [0.875, 0.125, 0, 0.25, 0.25, 0.5, 0.125, 0.625, 0.25]],
    ['votes, weight 0', votes, 0, [...votes]],
    ['labels, weight 0', undefined, 0, [1, 0, 0, 0, 0, 1, 0, 1, 0]],
    ['labels, weight 1', undefined, 1, [1, 0, 0, 0.5, 0.25, 0.25, 0.25, 0.25, 0.5]],
  ] as const)('blends %s with rows found by name, classes in any order', (_, own, weight, expected) => {
    for (const images of [source(own), streamed(undefined, own)]) {
      const blended = withSoftTargets(images, targets(), weight);
      expect(blended).toBeInstanceOf(images.constructor);
      expect([...blended.distributions!]).toEqual([...expected]);
      expect([blended.hasTargets, [...blended.labels]]).toEqual([true, [...labels]]);
    }
  });

  test('the order of the images does not matter, and a split keeps each row with its image', () => {
    const names = ['d.png', 'e.png', 'f.png', 'a.png', 'b.png', 'c.png'];
    const own = { labels: Uint32Array.from([...labels, ...labels]), classNames };
    const all = targets(Object.fromEntries(names.map((name, i) => [name, [i / 8, 1 - i / 8, 0]])));
    const rowsOf = (images: PictureSource | PictureStream) => {
      const found = images instanceof PictureSource ? images.pictures.map(({ name }) => name) : images.names!;
      return Object.fromEntries(
        found.map((name, i) => [name, [...images.distributions!.subarray(3 * i, 3 * i + 3)]]),
      );
    };
    const expected = Object.fromEntries(names.map((name, i) => [name, [1 - i / 8, 0, i / 8]]));
    const named = names.map((name) => ({ ...pictures[0]!, name }));
    const read = async (index: number) => named[index]!;
    for (const images of [
      new PictureSource({ pictures: named, ...own }),
      new PictureStream({ read, names, largest: 4, ...own }),
    ]) {
      const whole = withSoftTargets(images, all, 1);
      const parts = whole.split(0.5, 3);
      expect(rowsOf(whole)).toEqual(expected);
      expect({ ...rowsOf(parts[0]), ...rowsOf(parts[1]) }).toEqual(expected);
      const [rest] = images.split(0.5, 3);
      expect(withSoftTargets(rest, all, 1).fingerprint).toBe(parts[0].fingerprint);
    }
  });

  test('other probabilities or another weight are other data for a checkpoint', () => {
    for (const images of [source(votes), streamed(undefined, votes)]) {
      const prints = [
        images,
        withSoftTargets(images, targets(), 0.5),
        withSoftTargets(images, targets(), 0.25),
        withSoftTargets(images, targets({ 'a.png': [0, 0.99, 0.01] }), 0.5),
      ].map(({ fingerprint }) => fingerprint);
      expect(new Set(prints).size).toBe(4);
      expect(withSoftTargets(images, targets(), 0.5).fingerprint).toBe(prints[1]);
    }
  });

  const twins = new PictureSource({
    pictures: [pictures[0]!, pictures[0]!],
    labels: Uint32Array.of(0, 0),
    classNames,
  });
  const unlabeled = new PictureSource({ pictures, labels: Uint32Array.from([0, -100, 1]), classNames });
  const few: SoftTargets = { classNames, rows: new Map([['z.png', Float32Array.of(1, 0, 0)]]) };
  test.each([
    [
      source(),
      targets({ 'b.png': [0.5, Number.NaN, 0.5] }),
      0.5,
      /teacher\.csv: b\.png: got the probability NaN/,
    ],
    [
      source(),
      targets({ 'b.png': [Infinity, 0, 0] }),
      0.5,
      /got the probability Infinity, expected numbers from 0/,
    ],
    [source(), targets({ 'b.png': [-0.5, 1, 0.5] }), 0.5, /got the probability -0\.5/],
    [
      source(),
      targets({ 'b.png': [0.5, 0.25, 0.5] }),
      0.5,
      /b\.png: the probabilities sum to 1\.25, expected 1/,
    ],
    [source(), targets({ 'b.png': [0.5, 0.5] }), 0.5, /b\.png: got 2 probabilities, expected 3/],
    [source(), few, 0.5, /3 of 3 images have no row; the first is a\.png \(the first of 1 rows is z\.png\)/],
    [streamed(), few, 1, /the soft targets: 3 of 3 images have no row/],
    [
      source(),
      targets({}, ['Happy', 'Sadness', 'Fear']),
      0.5,
      /the classes differ \(got Happy, Sadness, Fear; the images have/,
    ],
    [source(), targets({}, ['Happy', 'Sadness', 'Anger', 'Fear']), 0.5, /the classes differ/],
    [source(), targets({}, ['Happy', 'happiness', 'Anger']), 0.5, /the classes differ/],
    [twins, targets(), 0.5, /distinct names, but two images are named a\.png/],
    [streamed(['x', 'y', 'x']), targets(), 0.5, /two images are named x/],
    [unlabeled, targets(), 0.5, /b\.png has no label/],
  ] as const)('refuses wrong rows, classes and names (%#)', (images, wrong, weight, message) => {
    expect(() => withSoftTargets(images, wrong, weight)).toThrow(DataError);
    expect(() => withSoftTargets(images, wrong, weight)).toThrow(message);
  });

  test('refuses a weight outside of 0 to 1, and a stream without names or with too few', () => {
    for (const weight of [-0.1, 1.1, Number.NaN]) {
      expect(() => withSoftTargets(source(), targets(), weight)).toThrow(/withSoftTargets: weight/);
    }
    const nameless = new PictureStream({ read: async () => pictures[0]!, labels, classNames, largest: 4 });
    expect(() => withSoftTargets(nameless, targets(), 0.5)).toThrow(
      /this PictureStream has none\. Pass names/,
    );
    expect(() => streamed(['a.png'])).toThrow(/got 1 names and 3 labels/);
  });
});
