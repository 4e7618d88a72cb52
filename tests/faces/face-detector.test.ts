import { expect, test } from 'vitest';
import { FaceDetector } from '../../src/faces/index.ts';
import { Frame } from '../../src/tensor/frame.ts';
import { testDevice } from '../support/device.ts';
import { drawnPhoto, type Place } from '../support/drawn-photo.ts';

const PLACES: Place[] = [
  { left: 8, top: 10 },
  { left: 160, top: 4 },
  { left: 30, top: 120 },
  { left: 190, top: 130 },
];

/** Maximum distance of a box from the center of a drawn face, in pixels. */
const NEAR = 24;

test.each(['front', 'back'] as const)('%s finds each drawn face at its position', async (variant) => {
  const device = await testDevice();
  using detector = await FaceDetector.load(device, { variant });
  const photo = await drawnPhoto(device, 300, 240, PLACES);
  const found = await detector.detect(photo, { scales: variant === 'front' ? [1, 2] : [1] });
  expect(found).toHaveLength(PLACES.length);
  for (const { left, top } of PLACES) {
    const near = found.filter(({ box }) => {
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      return Math.hypot(x - left - 48, y - top - 48) < NEAR;
    });
    expect(near).toHaveLength(1);
    const { box, keypoints, score } = near[0]!;
    expect(box.width).toBeGreaterThan(35);
    expect(box.width).toBeLessThan(96);
    expect(score).toBeGreaterThan(0.6);
    expect(keypoints.rightEye.x).toBeLessThan(keypoints.leftEye.x);
    expect(keypoints.rightEye.y).toBeLessThan(keypoints.mouth.y);
    for (const { x, y } of Object.values(keypoints)) {
      expect(Math.hypot(x - left - 48, y - top - 48)).toBeLessThan(60);
    }
  }
  expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
  expect(await detector.detect(photo, { scales: [1], maxFaces: 2 })).toHaveLength(2);
  // a frame on the GPU gives the same faces, whatever its window
  using frame = new Frame(device, { width: 310, height: 260 });
  frame.write(photo, { left: 1, top: 1, width: 5, height: 5 });
  const scales = variant === 'front' ? [1, 2] : [1];
  expect(await detector.detect(frame, { scales })).toEqual(found);
});

test('an image larger than 4,096 pixels is reduced; positions are in pixels of the image', async () => {
  const device = await testDevice();
  using detector = await FaceDetector.load(device, { variant: 'front' });
  const small = await drawnPhoto(device, 120, 110, [{ left: 10, top: 6 }]);
  const [width, height, times] = [4200, 3850, 35];
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor((i % width) / times), Math.floor(Math.floor(i / width) / times)];
    data[i] = small.data[3 * (120 * y + x) + 1] as number;
  }
  const [face, ...more] = await detector.detect({ width, height, channels: 1, data }, { scales: [1] });
  expect(more).toEqual([]);
  expect(Math.abs((face!.box.left + face!.box.width / 2) / times - 58)).toBeLessThan(NEAR);
  expect(face!.box.width / times).toBeGreaterThan(35);
});
