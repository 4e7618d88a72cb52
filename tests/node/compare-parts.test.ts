import { expect, test } from 'vitest';
import { compareParts, notCompared } from '../../src/cli/shared/compare-parts.ts';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const { classNames, pictures } = tinyPictures(6);
const train = tinyPictures(6);
const sourceOf = (list: typeof pictures) =>
  new PictureSource({ pictures: list, labels: Uint32Array.from(list, (_, i) => i % 2), classNames });

test('images of both parts are a warning with their names; repeats inside a part are counted', () => {
  const other = sourceOf([pictures[1]!, pictures[1]!, ...tinyPictures(2, { seed: 4 }).pictures]);
  const { duplicates, lines, warnings } = compareParts(train, other, 'test');
  expect(duplicates).toMatchObject({ same: 2, mirrored: 0, repeatsInTraining: 0, repeatsInOther: 1 });
  expect(warnings).toEqual([
    '2 of 4 test images are also training images (2 the same, 0 mirrored), so test accuracy is too high. ' +
      'Remove them from one part.',
  ]);
  expect(lines).toContain('  picture 1 = picture 1');
  expect(lines.at(-1)).toBe('1 of 4 test images repeat an earlier test image, as it is or mirrored.');
});

test('parts without a common image cause no message', () => {
  const other = tinyPictures(4, { seed: 4 });
  const nothing = { same: 0, mirrored: 0, names: [], repeatsInTraining: 0, repeatsInOther: 0 };
  expect(compareParts(train, other, 'validation')).toEqual({ duplicates: nothing, lines: [], warnings: [] });
});

test('streamed images are reported as not compared', () => {
  const stream = new PictureStream({
    read: async (i) => pictures[i]!,
    labels: train.labels,
    classNames,
    largest: 1024,
  });
  const why = (...parts: Parameters<typeof compareParts>) => compareParts(...parts).lines.join();
  expect(why(stream, train, 'validation')).toBe(
    'The validation images were not compared with the training images: training images are streamed.',
  );
  expect(why(train, stream, 'test')).toContain(': test images are streamed.');
  expect(why(new DrawnFaceSource({ seed: 1, length: 8 }), stream, 'test')).toContain(
    'training and test images',
  );
  expect(notCompared('test', 'why').duplicates).toBeNull();
});
