import { expect, test } from 'vitest';
import { decodeFaces } from '../../src/faces/decode.ts';
import { tensor } from '../../src/tensor/create.ts';
import { Frame, type FrameWindow, FrameWindows } from '../../src/tensor/frame.ts';
import { expectClose } from '../reference/expect-close.ts';
import { testDevice } from '../support/device.ts';

const SIDE = 128;
const ANCHORS = 896;

/** The definition in float64. */
function reference(x: Float32Array, windows: readonly FrameWindow[]): number[] {
  const out: number[] = [];
  for (const [n, { left, top, width, height, angle = 0 }] of windows.entries()) {
    for (let anchor = 0; anchor < ANCHORS; anchor++) {
      const [cells, perCell, first] = anchor < 512 ? [16, 2, 0] : [8, 6, 512];
      const cell = Math.floor((anchor - first) / perCell);
      const center = [((cell % cells) + 0.5) / cells, (Math.floor(cell / cells) + 0.5) / cells] as const;
      const row = x.subarray(17 * (n * ANCHORS + anchor), 17 * (n * ANCHORS + anchor + 1));
      for (let k = 0; k < 16; k += 2) {
        const [u, v] = [row[k]! / SIDE, row[k + 1]! / SIDE];
        if (k === 2) {
          out.push(u * width, v * height);
          continue;
        }
        const [dx, dy] = [(center[0] + u - 0.5) * width, (center[1] + v - 0.5) * height];
        out.push(left + width / 2 + dx * Math.cos(angle) - dy * Math.sin(angle));
        out.push(top + height / 2 + dx * Math.sin(angle) + dy * Math.cos(angle));
      }
      out.push(1 / (1 + Math.exp(-row[16]!)));
    }
  }
  return out;
}

test('detections in pixels of the frame, for plain and rotated windows', async () => {
  const device = await testDevice();
  const list: FrameWindow[] = [
    { left: 0, top: -80, width: 640, height: 640 },
    { left: 100.5, top: 40, width: 200, height: 150, angle: 0.6 },
  ];
  const values = Float32Array.from({ length: list.length * ANCHORS * 17 }, (_, i) =>
    i % 17 === 16 ? 8 * Math.sin(i) : 60 * Math.sin(0.7 * i),
  );
  using frame = new Frame(device, { width: 640, height: 480 });
  using windows = new FrameWindows(device, list.length);
  windows.write(frame, list);
  using x = tensor(device, values, { shape: [list.length, ANCHORS, 17] });
  using y = decodeFaces(x, windows, SIDE);
  expect(y.shape).toEqual(x.shape);
  expectClose(await y.data(), reference(values, list), { atol: 2e-3 });
});
