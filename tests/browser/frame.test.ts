import { expect, test } from 'vitest';
import { prepareImages } from '../../src/data/prepare-images.ts';
import { Frame, type FrameWindow, frameToTensor } from '../../src/tensor/frame.ts';
import { scope } from '../../src/tensor/scope.ts';
import { expectClose } from '../reference/expect-close.ts';
import { testDevice } from '../support/device.ts';

const MEAN = [0.4, 0.5, 0.6] as const;
const STD = [0.2, 0.25, 0.5] as const;

/** Opaque pixels, all different. */
function picture(width: number, height: number, shift = 0): ImageData {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = (37 * i + 91 * c + 11 * ((i * i) % 7) + shift) % 256;
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** The definition in float64: triangle weights around each output pixel's center, with edge pixels repeated outside. */
function reference(image: ImageData, window: FrameWindow, side: number): number[] {
  const out: number[] = [];
  const scale = [window.height / side, window.width / side] as const;
  const reach = [Math.max(1, scale[0]), Math.max(1, scale[1])] as const;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const center = [window.top + (i + 0.5) * scale[0], window.left + (j + 0.5) * scale[1]] as const;
      const sums = [0, 0, 0];
      let weight = 0;
      for (let row = Math.floor(center[0] - reach[0]) - 1; row <= center[0] + reach[0] + 1; row++) {
        for (
          let column = Math.floor(center[1] - reach[1]) - 1;
          column <= center[1] + reach[1] + 1;
          column++
        ) {
          const w =
            Math.max(0, 1 - Math.abs(row + 0.5 - center[0]) / reach[0]) *
            Math.max(0, 1 - Math.abs(column + 0.5 - center[1]) / reach[1]);
          const [r, c] = [clamp(row, image.height), clamp(column, image.width)];
          for (let k = 0; k < 3; k++) sums[k]! += (w * image.data[4 * (r * image.width + c) + k]!) / 255;
          weight += w;
        }
      }
      for (let k = 0; k < 3; k++) out.push((sums[k]! / weight - MEAN[k]!) / STD[k]!);
    }
  }
  return out;
}

const clamp = (at: number, size: number) => Math.min(size - 1, Math.max(0, at));

const WINDOWS: [string, number, number, number, FrameWindow | undefined][] = [
  ['one pixel', 1, 1, 3, undefined],
  ['a whole frame with odd sides', 67, 41, 9, undefined],
  ['a window between the pixels', 33, 29, 8, { left: 3.25, top: 5.5, width: 14.75, height: 17.5 }],
  ['a window beyond the frame', 20, 30, 7, { left: -6, top: 18, width: 21, height: 21 }],
  ['a window enlarged', 12, 12, 16, { left: 4, top: 4, width: 3, height: 3 }],
];

test.each(WINDOWS)('%s', async (_, width, height, side, window) => {
  const device = await testDevice();
  using frame = new Frame(device, { width: width + 5, height: height + 2 });
  const image = picture(width, height);
  frame.write(await createImageBitmap(image), window);
  using y = frameToTensor(frame, { side, mean: MEAN, std: STD });
  expect(y.shape).toEqual([1, side, side, 3]);
  const whole = { left: 0, top: 0, width, height };
  expectClose(await y.data(), reference(image, window ?? whole, side), { atol: 1e-4 });
  // the same on the CPU, channels first
  const prepared = prepareImages([image], { side, mean: MEAN, std: STD, window: window ?? whole });
  const channelsLast = Array.from(
    prepared.data,
    (_, i) => prepared.data[(i % 3) * side * side + Math.floor(i / 3)]!,
  );
  expectClose(channelsLast, reference(image, window ?? whole, side), { atol: 1e-5 });
});

test('each replay of a capture reads the frame written before it: a canvas, or a bitmap of a video frame', async () => {
  const device = await testDevice();
  const side = 6;
  using frame = new Frame(device, { width: 24, height: 16 });
  frame.write(await createImageBitmap(picture(24, 16)));
  const capture = await device.capture(() =>
    scope(() => frameToTensor(frame, { side, mean: MEAN, std: STD })),
  );
  try {
    for (const shift of [40, 120]) {
      const image = picture(20, 14, shift);
      const canvas = new OffscreenCanvas(20, 14);
      canvas.getContext('2d')!.putImageData(image, 0, 0);
      const shown = shift === 40 ? canvas : await bitmapOfVideoFrame(canvas);
      const buffers = device.stats.buffersCreated;
      frame.write(shown);
      const values = await capture.run().data();
      const whole = { left: 0, top: 0, width: 20, height: 14 };
      expectClose(values, reference(image, whole, side), { atol: shown === canvas ? 1e-4 : 0.03 });
      expect(device.stats.buffersCreated).toBe(buffers);
    }
  } finally {
    capture.outputs.dispose();
    capture.dispose();
  }
});

/** A browser without a graphics card does not copy video frames to the GPU, but bitmaps of them. */
async function bitmapOfVideoFrame(canvas: OffscreenCanvas): Promise<ImageBitmap> {
  const video = new VideoFrame(canvas, { timestamp: 0 });
  const bitmap = await createImageBitmap(video);
  video.close();
  return bitmap;
}

test('gray: every channel is the luma, rounded to a byte', async () => {
  const device = await testDevice();
  using frame = new Frame(device, { width: 1, height: 1 });
  frame.write(await createImageBitmap(new ImageData(new Uint8ClampedArray([200, 100, 50, 255]), 1, 1)));
  using y = frameToTensor(frame, { side: 1, color: 'gray' });
  const luma = Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255;
  expectClose(await y.data(), [luma, luma, luma]);
});

test('transparent pixels are white', async () => {
  const device = await testDevice();
  using frame = new Frame(device, { width: 2, height: 2 });
  frame.write(await createImageBitmap(new ImageData(2, 2)));
  using y = frameToTensor(frame, { side: 1 });
  expectClose(await y.data(), [1, 1, 1]);
});

test('errors name a wrong size or window', async () => {
  const device = await testDevice();
  expect(() => new Frame(device, { width: 0, height: 2 })).toThrow(
    /Frame: width: got 0, expected an integer/,
  );
  using frame = new Frame(device, { width: 4, height: 4 });
  const large = await createImageBitmap(picture(5, 4));
  expect(() => frame.write(large)).toThrow(/5 x 4 pixels.*1 x 1 to 4 x 4/);
  const small = await createImageBitmap(picture(4, 4));
  expect(() => frame.write(small, { left: 0, top: 0, width: 0, height: 2 })).toThrow(
    /window: got 0 x 2 pixels/,
  );
});
