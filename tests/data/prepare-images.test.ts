// Images prepared on the CPU against those that the GPU prepares for predict().
import { describe, expect, test } from 'vitest';
import { type PrepareImagesOptions, prepareImages } from '../../src/data/prepare-images.ts';
import { imagesToTensor, mirrorImages, type RawImage, type ResizeOptions } from '../../src/tensor/image.ts';
import { scope } from '../../src/tensor/scope.ts';
import { generator } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { testDevice } from '../support/device.ts';

function noise(width: number, height: number, channels: number): RawImage {
  const next = generator(width + 10 * height + channels);
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height * channels }, () => Math.floor(256 * next())),
  };
}

/** [N, side, side, 3] as [N, 3, side, side]. */
function channelsFirst(data: ArrayLike<number>, side: number): number[] {
  const plane = side * side;
  return Array.from(data, (_, i) => {
    const [n, c, at] = [Math.floor(i / (3 * plane)), Math.floor(i / plane) % 3, i % plane];
    return data[(n * plane + at) * 3 + c]!;
  });
}

const IMAGES = [
  noise(1, 1, 3),
  noise(9, 7, 3),
  noise(64, 23, 3),
  noise(16, 16, 4),
  noise(5, 31, 1),
  noise(40, 40, 4),
];

test.each<[string, ResizeOptions]>([
  ['color, enlarged and reduced', { side: 16 }],
  ['gray', { side: 12, color: 'gray' }],
  ['an odd side, normalized', { side: 7, mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] }],
  ['gray, normalized', { side: 16, color: 'gray', mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }],
])('%s: the values of the GPU', async (_, options) => {
  const device = await testDevice();
  const [x, mirrored] = scope(() => {
    const images = imagesToTensor(device, IMAGES, options);
    return [images, mirrorImages(images)] as const;
  });
  const whole = prepareImages(IMAGES, options);
  expect(whole.shape).toEqual([IMAGES.length, 3, options.side, options.side]);
  expectClose(whole.data, channelsFirst((await x.data()) as Float32Array, options.side), { atol: 2e-5 });
  const both = prepareImages(IMAGES, { ...options, mirror: true });
  expect(both.shape[0]).toBe(2 * IMAGES.length);
  expect([...both.data.subarray(0, whole.data.length)]).toEqual([...whole.data]);
  const other = channelsFirst((await mirrored.data()) as Float32Array, options.side);
  expectClose(both.data.subarray(whole.data.length), other, { atol: 2e-5 });
  x.dispose();
  mirrored.dispose();
});

describe('rejects', () => {
  const wrong = (images: unknown, options: unknown) => () =>
    prepareImages(images as RawImage[], options as PrepareImagesOptions);
  test.each<[string, () => unknown, string]>([
    ['no side', wrong(IMAGES, {}), 'prepareImages: option "side" is missing'],
    ['an unknown option', wrong(IMAGES, { side: 8, size: 3 }), 'prepareImages'],
    ['one image', wrong(IMAGES[0], { side: 8 }), 'expected an array of images'],
    ['no images', wrong([], { side: 8 }), 'the list is empty'],
    ['a file name', wrong(['face.png'], { side: 8 }), 'image 0: expected pixels'],
    [
      'an empty window',
      wrong(IMAGES, { side: 8, window: { left: 0, top: 0, width: 0, height: 4 } }),
      'positive',
    ],
    ['half a window', wrong(IMAGES, { side: 8, window: { left: 0, top: 0 } }), 'option "width" is missing'],
    ['a window of text', wrong(IMAGES, { side: 8, window: 'all' }), '{ left, top, width, height }'],
  ])('%s', (_, call, message) => expect(call).toThrow(message));
});
