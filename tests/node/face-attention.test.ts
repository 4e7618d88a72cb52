import { expect, test } from 'vitest';
import { FaceDetector, FaceReader } from '../../src/faces/index.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { testDevice } from '../support/device.ts';
import { drawnPhoto } from '../support/drawn-photo.ts';

test('attention maps of each face in a photo', async () => {
  const device = await testDevice();
  using model = new FerMobileNetV3({ side: 32, mirror: true }).to(device).eval();
  using detector = await FaceDetector.load(device, { variant: 'front' });
  using reader = await FaceReader.load(model, { detector, attention: true });
  const photo = await drawnPhoto(device, 210, 110, [
    { left: 5, top: 8 },
    { left: 108, top: 8 },
  ]);
  const found = await reader.read(photo);
  expect(found).toHaveLength(2);
  for (const { attention = [] } of found) {
    expect(attention).toHaveLength(7);
    for (const { side, values } of attention) expect(values).toHaveLength(side * side);
  }
});
