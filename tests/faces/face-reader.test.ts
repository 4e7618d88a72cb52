import { describe, expect, test } from 'vitest';
import { FaceDetector, FaceReader, faceWindow } from '../../src/faces/index.ts';
import { LeNet5 } from '../../src/models/lenet.ts';
import { Frame } from '../../src/tensor/frame.ts';
import type { RawImage } from '../../src/tensor/image.ts';
import { openDevice, testDevice } from '../support/device.ts';

function noise(width: number, height: number, seed = 1): RawImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    return 127 + 120 * Math.sin(0.001 * seed * i + 3 * Math.sin(0.37 * i));
  });
  return { width, height, channels: 3, data };
}

/** Returns a face whose eyes are on a line at an angle. */
function face(left: number, top: number, side: number, angle = 0) {
  const center = { x: left + side / 2, y: top + side / 2 };
  const eye = (sign: number) => ({
    x: center.x + sign * 0.2 * side * Math.cos(angle),
    y: center.y + sign * 0.2 * side * Math.sin(angle),
  });
  const keypoints = {
    rightEye: eye(-1),
    leftEye: eye(1),
    nose: center,
    mouth: center,
    rightEar: center,
    leftEar: center,
  };
  return { box: { left, top, width: side, height: side }, score: 0.9, keypoints };
}

const counters = ({ buffersCreated, bindGroupsCreated, pipelinesCreated }: Record<string, number>) => ({
  buffersCreated,
  bindGroupsCreated,
  pipelinesCreated,
});

describe('faceWindow', () => {
  test('the box, enlarged, moved toward the forehead and rotated', () => {
    const plain = faceWindow(face(100, 50, 40), { margin: 1.5, lift: 0.25, align: false });
    expect(plain).toEqual({ left: 90, top: 30, width: 60, height: 60, angle: 0 });
    const turned = faceWindow(face(100, 50, 40, Math.PI / 2), { margin: 1.5, lift: 0.25 });
    expect(turned.angle).toBeCloseTo(Math.PI / 2, 10);
    expect([turned.left, turned.top]).toEqual([expect.closeTo(100, 6), expect.closeTo(40, 6)]);
  });

  test('rejects options out of range', () => {
    expect(() => faceWindow(face(0, 0, 1), { margin: 0 })).toThrow('faceWindow: margin: got 0');
    expect(() => faceWindow(face(0, 0, 1), { lift: 2 })).toThrow('faceWindow: lift: got 2');
  });

  test('undefined selects the default of each option', () => {
    const options = { margin: undefined, lift: undefined, align: undefined } as never;
    expect(faceWindow(face(9, 7, 40, 0.2), options)).toEqual(faceWindow(face(9, 7, 40, 0.2)));
  });
});

describe('FaceReader', () => {
  test('settings of the model that change between two calls take effect', async () => {
    const device = await testDevice();
    using model = new LeNet5({ inputChannels: 3 }).to(device).eval();
    using detector = await FaceDetector.load(device, { variant: 'front' });
    using reader = await FaceReader.load(model, { detector, crops: true });
    using frame = new Frame(device, { width: 120, height: 90 });
    frame.write(noise(120, 90));
    const faces = [face(5, 10, 40), face(60, 20, 50, 0.3)];
    const read = async () => {
      const found = await reader.classify(frame, faces);
      return found.map(({ predictions, crop }) => ({ predictions, side: crop?.width }));
    };
    const plain = await read();
    model.mirror = true;
    const mirrored = await read();
    using fresh = await FaceReader.load(model, { detector, crops: true });
    expect(mirrored.map(({ predictions }) => predictions)).toEqual(
      (await fresh.classify(frame, faces)).map(({ predictions }) => predictions),
    );
    expect(mirrored).not.toEqual(plain);
    model.mirror = false;
    expect(await read()).toEqual(plain);
    model.side = 48;
    expect((await read()).map(({ side }) => side)).toEqual([48, 48]);
  });

  test('each face of a batch gets the prediction for its own pixels, and a second frame creates nothing', async () => {
    const device = await testDevice();
    using model = new LeNet5({ inputChannels: 3, color: 'gray', mirror: true }).to(device).eval();
    using detector = await FaceDetector.load(device, { variant: 'front' });
    using reader = await FaceReader.load(model, { detector, crops: true });
    using frame = new Frame(device, { width: 120, height: 90 });
    frame.write(noise(120, 90));
    const faces = [face(5, 10, 40), face(60, 20, 50, 0.3), face(30, 40, 30, -0.4)];
    const found = await reader.classify(frame, faces);
    const alone = await model.predict(found.map(({ crop }) => crop as RawImage));
    for (const [i, { predictions, probability, label, window }] of found.entries()) {
      expect(window).toEqual(faceWindow(faces[i]!));
      expect(label).toBe(predictions[0]!.label);
      expect(probability).toBe(predictions[0]!.probability);
      const own = new Map(alone[i]!.map((one) => [one.label, one.probability]));
      for (const one of predictions) expect(own.get(one.label)).toBeCloseTo(one.probability, 2);
    }
    const before = counters(device.stats as never);
    frame.write(noise(120, 90, 2));
    const next = await reader.classify(frame, [faces[2]!, faces[0]!, faces[1]!]);
    expect(counters(device.stats as never)).toEqual(before);
    expect(next[0]!.window).toEqual(faceWindow(faces[2]!));
    // more faces than one pass holds
    const crowd = Array.from({ length: 40 }, (_, i) => faces[i % 3] as (typeof faces)[number]);
    const all = await reader.classify(frame, crowd);
    expect(all).toHaveLength(40);
    for (const i of [1, 31, 39]) {
      const wanted = next[[1, 2, 0][i % 3]!]!;
      expect(all[i]!.label).toBe(wanted.label);
      expect(all[i]!.probability).toBeCloseTo(wanted.probability, 5);
    }
  });

  test('no face gives an empty list; a second image of the same size creates nothing', async () => {
    const device = await testDevice();
    using model = new LeNet5({ inputChannels: 3 }).to(device).eval();
    using detector = await FaceDetector.load(device, { variant: 'front' });
    using reader = await FaceReader.load(model, { detector });
    expect(await reader.read(noise(64, 48), { scales: [1] })).toEqual([]);
    const before = counters(device.stats as never);
    expect(await reader.read(noise(64, 48, 3), { scales: [1] })).toEqual([]);
    expect(counters(device.stats as never)).toEqual(before);
    expect(reader.times.detect).toBeGreaterThan(0);
    expect(await reader.read(noise(1, 1))).toEqual([]);
    expect(await reader.read(noise(64, 2), { scales: [18] })).toEqual([]); // more tiles than fit in one pass
    await expect(reader.read('photo.jpg' as never)).rejects.toThrow(/the image: .*got String/);
    await expect(reader.read({ width: 2, height: 2, data: new Uint8Array(5) })).rejects.toThrow(
      'the image: 5 bytes for 2 x 2',
    );
    await expect(reader.read(noise(4, 4), { scales: [] })).rejects.toThrow('detect: scales');
    await expect(reader.read(noise(4, 4), { minScore: 2 })).rejects.toThrow('detect: minScore: got 2');
  });

  test('overlapping calls return the same as calls one after another', async () => {
    const device = await testDevice();
    using model = new LeNet5({ inputChannels: 3 }).to(device, { seed: 1 }).eval();
    using reader = await FaceReader.load(model);
    const options = { minScore: 0, maxFaces: 2 };
    const images = [noise(80, 60), noise(96, 64, 7), noise(40, 40, 3)]; // the second one needs a larger frame
    const expected = [];
    for (const image of images) expected.push(await reader.read(image, options));
    expect(expected[0]).not.toEqual(expected[1]);
    using fresh = await FaceReader.load(model);
    const { detector } = fresh;
    const [reads, failed, detected] = await Promise.all([
      Promise.all(images.map((image) => fresh.read(image, options))),
      fresh.read(null as never).catch(({ message }: Error) => message),
      Promise.all(images.map((image) => detector.detect(image, options))),
    ]);
    expect(failed).toMatch(/the image: .*got null/);
    for (const [i, faces] of expected.entries()) {
      const boxes = faces.map(({ box, score, keypoints }) => ({ box, score, keypoints }));
      expect(reads[i]).toEqual(faces);
      expect(detected[i]).toEqual(boxes);
    }
    const usual = { minScore: undefined, maxFaces: undefined, scales: undefined } as never;
    const some = await reader.detector.detect(images[0]!, usual);
    expect(some).toEqual(await reader.detector.detect(images[0]!));
  });

  test('after dispose, and for reads that were not finished, the error says that the reader was disposed', async () => {
    const device = await testDevice();
    using model = new LeNet5({ inputChannels: 3 }).to(device).eval();
    const reader = await FaceReader.load(model);
    const started = [reader.read(noise(48, 40)), reader.read(noise(40, 48))].map((read) =>
      read.catch(({ message }: Error) => message),
    );
    reader.dispose();
    reader.dispose();
    for (const message of await Promise.all(started))
      expect(message).toContain('FaceReader: this reader was disposed');
    await expect(reader.read(noise(48, 40))).rejects.toThrow('FaceReader: this reader was disposed');
    await expect(reader.classify(null as never, [])).rejects.toThrow('FaceReader: this reader was disposed');
    await expect(reader.detector.detect(noise(48, 40))).rejects.toThrow('detect: this detector was disposed');
    await expect(FaceReader.load(undefined as never)).rejects.toThrow('FaceReader: model: got undefined');
  });

  test('a device that is lost in the middle of a video is reported as lost', async () => {
    const device = await openDevice();
    const model = new LeNet5({ inputChannels: 3 }).to(device).eval();
    const detector = await FaceDetector.load(device, { variant: 'front' });
    const reader = await FaceReader.load(model, { detector });
    await reader.read(noise(32, 32), { scales: [1] });
    device.destroy();
    await expect(reader.read(noise(32, 32), { scales: [1] })).rejects.toThrow(/device/);
  });
});
