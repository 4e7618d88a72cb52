import { expect, test } from 'vitest';
import { Frame, type FrameWindow, FrameWindows, frameToTensor } from '../../src/tensor/frame.ts';
import type { RawImage } from '../../src/tensor/image.ts';
import { expectClose } from '../reference/expect-close.ts';
import { testDevice } from '../support/device.ts';

const WIDTH = 21;
const HEIGHT = 17;

/** Pixels that differ everywhere. */
function image(channels: 1 | 3 | 4): RawImage {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) =>
    channels === 4 && i % 4 === 3 ? 255 - (i % 90) : (37 * i + 11 * ((i * i) % 7)) % 256,
  );
  return { width: WIDTH, height: HEIGHT, channels, data };
}

/** A gray image's window in float64: the triangle filter around each rotated output pixel, edges repeated. */
function reference({ data }: RawImage, window: FrameWindow, side: number): number[] {
  const { left, top, width, height, angle = 0 } = window;
  const [sx, sy] = [width / side, height / side];
  const [rx, ry] = [Math.max(1, sx), Math.max(1, sy)];
  const clamp = (at: number, size: number) => Math.min(size - 1, Math.max(0, at));
  const out: number[] = [];
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const [dx, dy] = [(j + 0.5) * sx - width / 2, (i + 0.5) * sy - height / 2];
      const x = left + width / 2 + dx * Math.cos(angle) - dy * Math.sin(angle);
      const y = top + height / 2 + dx * Math.sin(angle) + dy * Math.cos(angle);
      let [sum, weight] = [0, 0];
      for (let row = Math.floor(y - ry) - 1; row <= y + ry + 1; row++) {
        for (let column = Math.floor(x - rx) - 1; column <= x + rx + 1; column++) {
          const w =
            Math.max(0, 1 - Math.abs(row + 0.5 - y) / ry) * Math.max(0, 1 - Math.abs(column + 0.5 - x) / rx);
          sum += (w * (data[clamp(row, HEIGHT) * WIDTH + clamp(column, WIDTH)] as number)) / 255;
          weight += w;
        }
      }
      out.push(sum / weight);
    }
  }
  return out;
}

const WINDOWS: FrameWindow[] = [
  { left: 2, top: 3, width: 9, height: 9 },
  { left: 2.5, top: 3.25, width: 9, height: 9, angle: 0.4 },
  { left: 4, top: 1, width: 12, height: 12, angle: -Math.PI / 2 },
  { left: -3, top: 9, width: 14, height: 14, angle: 2.2 },
  { left: 0, top: 0, width: 0.75, height: 0.75, angle: -1 },
];

test('several rotated windows of one frame in one batch', async () => {
  const device = await testDevice();
  const gray = image(1);
  using frame = new Frame(device, { width: WIDTH + 3, height: HEIGHT });
  using windows = new FrameWindows(device, WINDOWS.length + 2);
  frame.write(gray);
  expect(frame.size).toEqual({ width: WIDTH, height: HEIGHT });
  windows.write(frame, WINDOWS);
  const side = 4;
  using y = frameToTensor(frame, { side }, windows);
  expect(y.shape).toEqual([WINDOWS.length + 2, side, side, 3]);
  const last = WINDOWS.at(-1) as FrameWindow;
  const wanted = [...WINDOWS, last, last].flatMap((window) => reference(gray, window, side));
  expectClose(
    await y.data(),
    wanted.flatMap((v) => [v, v, v]),
    { atol: 1e-4 },
  );
});

/** One channel of an image over white, or its luma rounded to bytes. */
function plane({ data, channels = 1 }: RawImage, channel: number | 'luma'): RawImage {
  const values = Uint8Array.from({ length: WIDTH * HEIGHT });
  const over = (i: number, c: number) => {
    const value = data[channels * i + (channels === 1 ? 0 : c)] as number;
    const alpha = channels === 4 ? (data[4 * i + 3] as number) / 255 : 1;
    return alpha * value + 255 * (1 - alpha);
  };
  const all = Float64Array.from(values, (_, i) =>
    channel === 'luma'
      ? Math.floor(0.299 * over(i, 0) + 0.587 * over(i, 1) + 0.114 * over(i, 2) + 0.5)
      : over(i, channel),
  );
  return { width: WIDTH, height: HEIGHT, data: all as never };
}

test.each([1, 3, 4] as const)('raw pixels of %i channels, in color and gray', async (channels) => {
  const device = await testDevice();
  const source = image(channels);
  const window = { left: 1.5, top: 2, width: 11, height: 11, angle: 0.2 };
  const side = 5;
  using frame = new Frame(device, { width: WIDTH, height: HEIGHT });
  frame.write(source, window);
  using color = frameToTensor(frame, { side });
  const byChannel = [0, 1, 2].map((c) => reference(plane(source, c), window, side));
  const wanted = Array.from({ length: side * side }, (_, i) => byChannel.map((one) => one[i] as number));
  expectClose(await color.data(), wanted.flat(), { atol: 1e-4 });
  using gray = frameToTensor(frame, { side, color: 'gray' });
  const luma = reference(plane(source, 'luma'), window, side).flatMap((v) => [v, v, v]);
  // a value within 1e-4 of a half may be rounded to either byte
  expectClose(await gray.data(), luma, { atol: 1.1 / 255 });
});

test('faults', async () => {
  const device = await testDevice();
  using frame = new Frame(device, { width: 4, height: 4 });
  using windows = new FrameWindows(device, 2);
  const one = { left: 0, top: 0, width: 2, height: 2 };
  expect(() => new FrameWindows(device, 0)).toThrow('FrameWindows: count: got 0');
  expect(() => windows.write(frame, [])).toThrow('FrameWindows: windows: got []');
  expect(() => windows.write(frame, [one, one, one])).toThrow('expected 1 to 2 windows');
  expect(() => windows.write(frame, [{ ...one, width: 0 }])).toThrow('window: got 0 x');
  expect(() => windows.write(frame, [{ ...one, angle: Number.NaN }])).toThrow('Frame: window: angle');
  expect(() => frame.write({ width: 5, height: 1, data: new Uint8Array(15) })).toThrow('expected 1 x 1 to');
  expect(() => frame.write({ width: 2, height: 2, data: new Uint8Array(5) })).toThrow(
    'Frame: 5 bytes for 2 x 2',
  );
  expect(() => frame.write({ width: 2, height: 2, data: new Float32Array(12) as never })).toThrow(
    'data are not bytes of 0 to 255',
  );
});
