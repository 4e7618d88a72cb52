import { describe, expect, test } from 'vitest';
import { IMAGENET_MEAN, IMAGENET_STD } from '../../src/data/imagenet.ts';
import { CostSheet } from '../../src/layers/cost-sheet.ts';
import type { Module } from '../../src/layers/module.ts';
import { observe } from '../../src/layers/observe.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import type { Prediction } from '../../src/models/image-classifier.ts';
import { imagesToTensor, type RawImage } from '../../src/tensor/image.ts';
import { softmax } from '../../src/tensor/ops/softmax.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { generator, random, randomNormal } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { bitsOf, firstDifference } from '../support/bits.ts';
import { randomModuleState, writeModuleState } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

function picture(width: number, height: number, channels: number, seed = 1): RawImage {
  const next = generator(seed);
  const data = Uint8Array.from({ length: width * height * channels }, () => Math.floor(256 * next()));
  return { width, height, data };
}

/** The image with left and right exchanged. */
function mirrored({ width, height, data }: RawImage): RawImage {
  const channels = data.length / (width * height);
  const turned = Uint8Array.from(data, (_, at) => {
    const [row, column] = [Math.floor(at / (width * channels)), Math.floor(at / channels) % width];
    return data[(row * width + width - 1 - column) * channels + (at % channels)]!;
  });
  return { width, height, data: turned };
}

/** The probabilities in the order of the labels. */
function byLabel(answer: readonly Prediction[]): number[] {
  return [...answer].sort((a, b) => (a.label < b.label ? -1 : 1)).map(({ probability }) => probability);
}

/** Weights with which the classes differ, but none dominates; initial weights give equal probabilities. */
function enliven(model: FerMobileNetV3): FerMobileNetV3 {
  writeModuleState(model, randomModuleState(model));
  const [last] = model.classifier_2!.modules.at(-1)!.parameters();
  last!.value.write(randomNormal(last!.shape, 3, 2e-3).data);
  return model;
}

describe('predict', () => {
  test.each([
    [48, 48, 1],
    [37, 61, 3],
    [90, 32, 4],
    [1, 1, 3],
  ])(
    '%i x %i pixels of %i channels: every class once, most probable first, summing to 1',
    async (...size) => {
      const device = await testDevice();
      const model = enliven(new FerMobileNetV3({ side: 40 }).to(device));
      const before = device.memory().liveBytes;
      const image = picture(...(size as [number, number, number]));
      const predictions = await model.predict(image);
      expect(device.memory().liveBytes).toBe(before);
      expect(predictions.map(({ label }) => label).sort()).toEqual([...FER_CLASSES].sort());
      const probabilities = predictions.map(({ probability }) => probability);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect(probabilities.every((p) => p > 0 && p < 1)).toBe(true);
      expect(probabilities[0]! / probabilities[7]!).toBeGreaterThan(1.1);
      expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));

      // the same by hand: resized, normalized like the reference, in evaluation mode
      expect(model.training).toBe(true);
      model.eval();
      const options = { side: 40, mean: IMAGENET_MEAN, std: IMAGENET_STD };
      const byHand = scope(() => noGrad(() => softmax(model.call(imagesToTensor(device, [image], options)))));
      const values = [...(await byHand.data())];
      for (const { label, probability } of predictions) {
        expect(probability).toBeCloseTo(values[model.classNames.indexOf(label)]!, 6);
      }
      model.dispose();
    },
  );

  test('returns the labels of the user, equal for equal images', async () => {
    const device = await testDevice();
    const model = new FerMobileNetV3({ classes: ['calm', 'cross', 'glad'], side: 32 }).to(device);
    enliven(model);
    const first = await model.predict(picture(32, 32, 3));
    expect(await model.predict(picture(32, 32, 3))).toEqual(first);
    expect(await model.predict(picture(32, 32, 3, 9))).not.toEqual(first);
    expect(first.map(({ label }) => label).sort()).toEqual(['calm', 'cross', 'glad']);
    model.dispose();
  });

  test('restores the mode of each module: frozen layers stay frozen', async () => {
    const model = new FerMobileNetV3({ side: 32 }).to(await testDevice());
    const modes = () => [...model.namedModules()].map(([path, { training }]) => `${path} ${training}`);
    model.train().features.eval();
    const before = modes();
    await model.predict(picture(8, 8, 3));
    expect(modes()).toEqual(before);
    model.eval().features.modules[2]!.train();
    const other = modes();
    expect(other).not.toEqual(before);
    await model.predict(picture(8, 8, 3));
    await expect(model.predict({ ...picture(8, 8, 3), width: 9 })).rejects.toThrow('image 0');
    expect(modes()).toEqual(other);
    model.dispose();
  });

  test('many images: each result as for a single image, with the mirror image on request, and the first few classes', async () => {
    const device = await testDevice();
    const model = enliven(new FerMobileNetV3({ side: 32 }).to(device)).eval();
    const images = Array.from({ length: 35 }, (_, i) => picture(20 + i, 30, [1, 3, 4][i % 3]!, i));
    const before = device.memory().liveBytes;
    const all = await model.predict(images);
    expect(device.memory().liveBytes).toBe(before);
    expect(all).toHaveLength(35);
    for (const i of [0, 16, 34]) {
      const alone = byLabel(await model.predict(images[i]!));
      expectClose(byLabel(all[i]!), alone, { atol: 1e-6 });
      const both = byLabel(await model.predict(images[i]!, { mirror: true }));
      const turned = byLabel(await model.predict(mirrored(images[i]!)));
      expectClose(
        both,
        alone.map((value, at) => (value + turned[at]!) / 2),
        { atol: 1e-5 },
      );
      expect(Math.max(...both.map((value, at) => Math.abs(value - alone[at]!)))).toBeGreaterThan(1e-5);
    }
    const top = await model.predict(images.slice(0, 2), { topK: 3 });
    const two = await model.predict(images.slice(0, 2)); // another batch size may be rounded in another way
    expect(top).toEqual(two.map((list) => list.slice(0, 3)));
    expect(await model.predict([])).toEqual([]);
    model.mirror = true;
    const answer = byLabel(await model.predict(images[0]!));
    expect(answer).toEqual(byLabel(await model.predict(images[0]!, { mirror: true })));
    expect(answer).not.toEqual(byLabel(await model.predict(images[0]!, { mirror: false })));
    for (const topK of [0, -1, 1.5, Number.NaN]) {
      await expect(model.predict(images[0]!, { topK })).rejects.toThrow('expected an integer of at least 1');
    }
    model.dispose();
  });

  test('a network trained on gray images gives the same result for a color image and its luma', async () => {
    const device = await testDevice();
    const model = enliven(new FerMobileNetV3({ side: 32, color: 'gray' }).to(device)).eval();
    for (const channels of [3, 4]) {
      const image = picture(37, 29, channels);
      if (channels === 4) for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
      const luma = { width: 37, height: 29, data: new Uint8Array(37 * 29) };
      const thrice = { width: 37, height: 29, data: new Uint8Array(3 * 37 * 29) };
      for (let i = 0; i < luma.data.length; i++) {
        const [r, g, b] = image.data.subarray(channels * i) as unknown as [number, number, number];
        luma.data[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
        thrice.data.fill(luma.data[i]!, 3 * i, 3 * i + 3);
      }
      const answer = await model.predict(image);
      expect(await model.predict(luma)).toEqual(answer);
      expect(await model.predict(thrice)).toEqual(answer);
      const inColor = new FerMobileNetV3({ side: 32 }).to(device).eval();
      inColor.loadStateDict(await model.stateDict());
      expect(await inColor.predict(image)).not.toEqual(answer);
      expect(await inColor.predict(luma)).toEqual(answer);
      inColor.dispose();
    }
    model.dispose();
    expect(() => new FerMobileNetV3({ color: 'sepia' as 'rgb' })).toThrow(
      "color: got 'sepia', expected one of 'rgb', 'gray'",
    );
  });

  test.each(['features.3.block.0.0.weight', 'classifier_2.2.bias'])(
    'NaN in %s is an error, not an answer',
    async (name) => {
      const model = new FerMobileNetV3({ side: 32 }).to(await testDevice()).eval();
      const state = await model.stateDict();
      (state.get(name)!.data as Float32Array).fill(Number.NaN);
      model.loadStateDict(state);
      await expect(model.predict(picture(8, 8, 3), { mirror: true })).rejects.toThrow(name);
      await expect(model.predict([picture(8, 8, 3)])).rejects.toThrow(
        "predict: the network's outputs are not finite (NaN or infinite) for 1 of 1 images (first: images[0]); ",
      );
      model.dispose();
    },
  );

  test.each([
    ['a path', 'face.png', 'got String). Load the image first'],
    ['an address', new URL('https://example.org/face.png'), 'got URL). Load'],
    ['nothing', undefined, 'got undefined)'],
    ['null', null, 'got null)'],
    ['a promise', Promise.resolve(1), 'got Promise). Await it first'],
    ['bytes of a file', new Uint8Array(40), 'got Uint8Array). Decode a file first'],
    ['a buffer', new ArrayBuffer(8), 'got ArrayBuffer). Decode'],
    ['a Blob', new Blob(['x']), 'got Blob). Decode it first: await createImageBitmap(blob)'],
    ['a list in a list', [[picture(8, 8, 3)]], 'got Array). Pass the images one at a time'],
    ['an object', { width: 3, height: 3 }, 'got Object)'],
    ['floats', { width: 2, height: 2, data: new Float32Array(4) }, 'not bytes of 0 to 255 (got Float32Array'],
    ['words', { width: 2, height: 2, data: new Uint16Array(4) }, 'not bytes of 0 to 255 (got Uint16Array'],
    ['an array of numbers', { width: 2, height: 2, data: [1, 2, 3, 4] }, 'not bytes of 0 to 255 (got Array'],
    ['two channels', { width: 2, height: 2, data: new Uint8Array(8) }, '8 bytes for 2 x 2 pixels'],
    ['no pixels', { width: 0, height: 0, data: new Uint8Array(0) }, '0 bytes for 0 x 0 pixels'],
    ['half a pixel', { width: 2.5, height: 2, data: new Uint8Array(5) }, '5 bytes for 2.5 x 2 pixels'],
    ['a wrong count', { width: 2, height: 2, data: new Uint8Array(12), channels: 4 }, 'and 4 channels'],
  ])('%s is rejected by name', async (_, image, message) => {
    const model = new FerMobileNetV3({ side: 32 }).to(await testDevice());
    await expect(model.predict([picture(4, 4, 1), image as RawImage])).rejects.toThrow(message);
    await expect(model.predict([picture(4, 4, 1), image as RawImage])).rejects.toThrow('image 1: ');
    model.dispose();
  });

  test('errors name the problem, and the mode is restored', async () => {
    const device = await testDevice();
    const model = new FerMobileNetV3({ side: 32 });
    await expect(model.predict(picture(8, 8, 3))).rejects.toThrow('this module is not on a device');
    model.to(device);
    const torn = { ...picture(8, 8, 3), width: 9 };
    await expect(model.predict(torn)).rejects.toThrow(
      'image 0: 192 bytes for 9 x 8 pixels (expected 1, 3 or 4 bytes per pixel)',
    );
    model.side = 31;
    await expect(model.predict(picture(8, 8, 3))).rejects.toThrow('expected at least 32 x 32');
    expect(model.training && model.features.training).toBe(true);
    model.dispose();
  });
});

test.each([
  [32, 32],
  [33, 47],
  [50, 35],
])('%i x %i pixels: every layer returns the shape that outputShape() predicts', async (height, width) => {
  const device = await testDevice();
  // in training, since inference runs several layers as one
  const model = new FerMobileNetV3().to(device);
  const shape = [2, height, width, 3];
  const seen = new Map<Module, string>();
  const watch = (module: Module, output: Tensor) => seen.set(module, output.shape.join());
  const y = observe(watch, () => noGrad(() => model.call(onDevice(device, random(shape, 1)))));
  expect(y.shape).toEqual([2, 8]);
  expect(model.outputShape(shape)).toEqual([2, 8]);
  expect([...(await y.data())].every(Number.isFinite)).toBe(true);
  const sheet = new CostSheet();
  model.outputShape(shape, sheet);
  const unseen = sheet.rows.filter(({ module }) => !seen.has(module)).map(({ module }) => module.path);
  // coordinate attention runs its gates as one, and complementary pooling its two convolutions
  const merged = [9, 10].flatMap((i) =>
    ['conv1', 'conv_h', 'conv_w'].map((name) => `features.${i}.block.2.${name}`),
  );
  const gates = [11, 12, 13, 14, 15].flatMap((i) =>
    ['conv2', 'conv3'].map((name) => `features.${i}.block.2.${name}`),
  );
  expect(unseen).toEqual([...merged, ...gates]);
  for (const { module, output } of sheet.rows.filter((row) => seen.has(row.module))) {
    expect(`${module.path} ${output.join()}`).toBe(`${module.path} ${seen.get(module)}`);
  }
  model.dispose();
});

test('initial weights depend on the seed; linear layers are initialized as in torchvision', async () => {
  const device = await testDevice();
  const place = (seed: number) => new FerMobileNetV3().to(device, { seed });
  const [first, same, other] = [place(1), place(1), place(2)];
  const [bits, sameBits, otherBits] = await Promise.all(
    [first, same, other].map((model) => bitsOf(model.arenas.parameters.flat)),
  );
  expect(firstDifference(sameBits!, bits!)).toBe(-1);
  expect(firstDifference(otherBits!, bits!)).toBe(0);
  const values = new Map(
    await Promise.all(
      [...first.namedParameters()]
        .filter(([name]) => name.startsWith('classifier'))
        .map(async ([name, { value }]) => [name, [...(await value.data())]] as const),
    ),
  );
  for (const [name, list] of values) {
    const deviation = Math.sqrt(list.reduce((sum, v) => sum + v * v, 0) / list.length);
    if (name.endsWith('bias')) expect(new Set(list)).toEqual(new Set([0]));
    else expect(Math.abs(deviation / 0.01 - 1)).toBeLessThan(4 / Math.sqrt(2 * list.length));
  }
  for (const model of [first, same, other]) model.dispose();
});

test('rejects inputs that a forward pass does not accept', async () => {
  const device = await testDevice();
  const model = new FerMobileNetV3().to(device);
  const call = (...shape: number[]) => model.call(onDevice(device, random(shape, 1)));
  expect(() => call(1, 31, 64, 3)).toThrow(
    'FerMobileNetV3: input: got 31 x 64 pixels, expected at least 32 x 32',
  );
  expect(() => call(1, 3, 64, 64)).toThrow(
    'input [1, 3, 64, 64] has 64 channels, expected 3 (channels are the last axis)',
  );
  expect(() => call(64, 64, 3)).toThrow('input has shape [64, 64, 3], expected images [N, H, W, C]');
  model.dispose();
});
