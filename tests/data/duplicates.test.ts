import { expect, test } from 'vitest';
import { countDuplicates, countRepeats } from '../../src/data/duplicates.ts';
import type { Picture } from '../../src/data/picture.ts';

const picture = (name: string, width: number, channels: 1 | 3, ...data: number[]): Picture => ({
  name,
  width,
  height: data.length / width / channels,
  channels,
  data: Uint8Array.from(data),
});

const train = {
  pictures: [picture('a', 2, 1, 1, 2, 3, 4), picture('b', 2, 3, 1, 2, 3, 4, 5, 6), picture('c', 2, 1, 7, 7)],
};

test('the same pixels and mirrored ones are counted and named', () => {
  const valid = {
    pictures: [
      picture('same', 2, 1, 1, 2, 3, 4),
      picture('mirrored', 2, 1, 2, 1, 4, 3),
      picture('mirrored color', 2, 3, 4, 5, 6, 1, 2, 3),
      picture('symmetric', 2, 1, 7, 7),
    ],
  };
  expect(countDuplicates(train, valid)).toEqual({
    same: 2,
    mirrored: 2,
    names: [
      ['same', 'a'],
      ['mirrored', 'a'],
      ['mirrored color', 'b'],
      ['symmetric', 'c'],
    ],
  });
});

test('other sizes, channels, pixels and upside-down images are not', () => {
  const valid = {
    pictures: [
      picture('other size', 4, 1, 1, 2, 3, 4),
      picture('gray', 6, 1, 1, 2, 3, 4, 5, 6),
      picture('one pixel', 2, 1, 1, 2, 3, 5),
      picture('upside down', 2, 1, 3, 4, 1, 2),
      picture('channels swapped', 2, 3, 6, 5, 4, 3, 2, 1),
    ],
  };
  expect(countDuplicates(train, valid)).toEqual({ same: 0, mirrored: 0, names: [] });
});

test('repeats within one part are counted, identical or mirrored, except the first', () => {
  const pictures = [
    picture('a', 2, 1, 1, 2, 3, 4),
    picture('again', 2, 1, 1, 2, 3, 4),
    picture('mirrored', 2, 1, 2, 1, 4, 3),
    picture('mirrored again', 2, 1, 2, 1, 4, 3),
    picture('other', 2, 1, 4, 3, 2, 1),
    picture('color', 1, 3, 1, 2, 3),
  ];
  expect(countRepeats({ pictures })).toBe(3);
  expect(countRepeats({ pictures: [] })).toBe(0);
});
