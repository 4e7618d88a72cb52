import { describe, expect, test } from 'vitest';
import { CostSheet } from '../../src/layers/cost-sheet.ts';
import { type Module, observe } from '../../src/layers/module.ts';
import { FER_CLASSES, IMAGENET_MEAN, IMAGENET_STD } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { imagesToTensor, type RawImage } from '../../src/tensor/image.ts';
import { softmax } from '../../src/tensor/ops/softmax.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { generator, random, randomNormal } from '../reference/array.ts';
import { bitsOf, firstDifference } from '../support/bits.ts';
import { randomModuleState, writeModuleState } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

function picture(width: number, height: number, channels: number, seed = 1): RawImage {
  const next = generator(seed);
  const data = Uint8Array.from({ length: width * height * channels }, () => Math.floor(256 * next()));
  return { width, height, data };
}

/** Weights with which classes differ, yet none takes it all: the first draw of a seed gives all the same. */
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
      expect(device.memory().liveBytes).toBeLessThanOrEqual(before);
      expect(predictions.map(({ label }) => label).sort()).toEqual([...FER_CLASSES].sort());
      const probabilities = predictions.map(({ probability }) => probability);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect(probabilities.every((p) => p > 0 && p < 1)).toBe(true);
      expect(probabilities[0]! / probabilities[7]!).toBeGreaterThan(1.1);
      expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));

      // the same by hand: resized, normalised as the reference has it, in evaluation
      expect(model.training).toBe(true);
      model.eval();
      const options = { side: 40, mean: IMAGENET_MEAN, std: IMAGENET_STD };
      const byHand = scope(() => noGrad(() => softmax(model.call(imagesToTensor(device, [image], options)))));
      const values = [...(await byHand.data())];
      for (const { label, probability } of predictions) {
        expect(probability).toBe(values[model.classNames.indexOf(label)]);
      }
      model.dispose();
    },
  );

  test('gives the labels of the user, the same for the same picture', async () => {
    const device = await testDevice();
    const model = new FerMobileNetV3({ classes: ['calm', 'cross', 'glad'], side: 32 }).to(device);
    enliven(model);
    const first = await model.predict(picture(32, 32, 3));
    expect(await model.predict(picture(32, 32, 3))).toEqual(first);
    expect(await model.predict(picture(32, 32, 3, 9))).not.toEqual(first);
    expect(first.map(({ label }) => label).sort()).toEqual(['calm', 'cross', 'glad']);
    model.dispose();
  });

  test('leaves each module its own mode: frozen layers stay frozen', async () => {
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
    await expect(model.predict({ ...picture(8, 8, 3), width: 9 })).rejects.toThrow('picture 0');
    expect(modes()).toEqual(other);
    model.dispose();
  });

  test('says what is wrong, and leaves the mode as it was', async () => {
    const device = await testDevice();
    const model = new FerMobileNetV3({ side: 32 });
    await expect(model.predict(picture(8, 8, 3))).rejects.toThrow('this module is on no device');
    model.to(device);
    const torn = { ...picture(8, 8, 3), width: 9 };
    await expect(model.predict(torn)).rejects.toThrow(
      'picture 0: 192 bytes for 9 x 8 pixels; expected 1, 3 or 4 bytes a pixel',
    );
    model.side = 31;
    await expect(model.predict(picture(8, 8, 3))).rejects.toThrow('the sides must be at least 32');
    expect(model.training && model.features.training).toBe(true);
    model.dispose();
  });
});

test.each([
  [32, 32],
  [33, 47],
  [50, 35],
])('%i x %i pixels: every layer gives the shape that outputShape() foretells', async (height, width) => {
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

test('first weights follow the seed; the linear layers start as torchvision has them', async () => {
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

test('says what a forward pass does not accept', async () => {
  const device = await testDevice();
  const model = new FerMobileNetV3().to(device);
  const call = (...shape: number[]) => model.call(onDevice(device, random(shape, 1)));
  expect(() => call(1, 31, 64, 3)).toThrow(
    'FerMobileNetV3: input of 31 x 64 pixels; the sides must be at least 32',
  );
  expect(() => call(1, 3, 64, 64)).toThrow(
    'input [1, 3, 64, 64] has 64 channels, the layer was made for 3 (channels come last)',
  );
  expect(() => call(64, 64, 3)).toThrow('input [64, 64, 3] must be images [N, H, W, C]');
  model.dispose();
});
