// ONNX files, run by ONNX Runtime, give the same logits as the original model.
import * as ort from 'onnxruntime-web';
import { PbfReader } from 'pbf';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareImages } from '../../src/data/prepare-images.ts';
import { type EncodeOnnxOptions, encodeOnnx } from '../../src/formats/onnx.ts';
import {
  ELU,
  GELU,
  Hardsigmoid,
  LeakyReLU,
  ReLU,
  ReLU6,
  Sigmoid,
  SiLU,
  Softplus,
  Tanh,
} from '../../src/layers/activations.ts';
import { BatchNorm1d } from '../../src/layers/batch-norm1d.ts';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { ConvNormActivation, DepthwiseNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { ConvTranspose2d } from '../../src/layers/conv-transpose2d.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { DepthwiseConv2d } from '../../src/layers/depthwise-conv2d.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { GroupNorm, LayerNorm } from '../../src/layers/group-norm.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Module } from '../../src/layers/module.ts';
import { ReflectionPad2d, ReplicationPad2d, ZeroPad2d } from '../../src/layers/padding.ts';
import {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  AxisPool,
  MaxPool2d,
} from '../../src/layers/pooling.ts';
import { ChannelShuffle, Upsample } from '../../src/layers/resampling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { VARIANTS } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { probabilitiesOf } from '../../src/models/prediction.ts';
import { getModel, listModels } from '../../src/models/registry.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type NdArray, randomNormal } from '../reference/array.ts';
import { randomModuleState, writeModuleState } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** [N, H, W, C] as [N, C, H, W]. */
function channelsFirst({ shape, data }: NdArray): { shape: number[]; data: Float32Array } {
  const [n, h, w, c] = shape as [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / c);
    out[(Math.floor(pixel / (h * w)) * c + (i % c)) * h * w + (pixel % (h * w))] = data[i]!;
  }
  return { shape: [n, c, h, w], data: out };
}

/** Runs a file once per input, in one session. */
async function runEach(
  file: Uint8Array,
  inputs: readonly ort.Tensor[],
): Promise<{ names: readonly string[]; values: Float32Array }[]> {
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  try {
    const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
    const names = [...session.inputNames, ...session.outputNames];
    const found = [];
    for (const images of inputs) {
      const results = await session.run({ [input]: images });
      found.push({ names, values: Float32Array.from(results[output]!.data as Float32Array) });
    }
    return found;
  } finally {
    await session.release();
  }
}

const run = async (file: Uint8Array, images: ort.Tensor) => (await runEach(file, [images]))[0]!;

async function runBatches(file: Uint8Array, batches: readonly NdArray[]): Promise<Float32Array[]> {
  const inputs = batches.map((images) => {
    const { shape, data } = channelsFirst(images);
    return new ort.Tensor('float32', data, shape);
  });
  return (await runEach(file, inputs)).map(({ values }) => values);
}

const runImages = async (file: Uint8Array, images: NdArray) => (await runBatches(file, [images]))[0]!;

/**
 * A placed model, its state, and its output in evaluation. Scales, shifts and biases would reveal any mistake, and the
 * running statistics are those of the images, so that the results have the magnitude of a trained network.
 */
async function ours<M extends Module>(model: M, images: NdArray) {
  model.to(await testDevice());
  writeModuleState(model, randomModuleState(model));
  const x = onDevice(model.device, images);
  const norms = [...model.namedModules()].map(([, module]) => module).filter((m) => m instanceof BatchNorm2d);
  for (const norm of norms) norm.momentum = 1;
  noGrad(() => model.train().call(x)).dispose();
  const state = await model.stateDict();
  const y = noGrad(() => model.eval().call(x));
  const output = Float32Array.from((await y.data()) as Float32Array);
  return { state, output };
}

/** Within `most`, relative to the largest value if that exceeds 1 because the images do not match the statistics. */
function expectWithin(actual: ArrayLike<number>, expected: ArrayLike<number>, most: number): void {
  expect(actual.length).toBe(expected.length);
  let [worst, greatest] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
    greatest = Math.max(greatest, Math.abs(expected[i]!));
  }
  expect(worst / greatest).toBeLessThan(most);
}

describe.each(VARIANTS)('variant %s', (variant) => {
  test('the same logits within 1e-4, norms folded and not, for any batch', async () => {
    const model = new FerMobileNetV3({ variant, side: 40 });
    const images = randomNormal([6, 40, 40, 3], 5);
    const { state, output } = await ours(model, images);
    model.dispose();
    const greatest = Math.max(...output.map(Math.abs));
    expect(greatest > 0.3 && greatest <= 1).toBe(true);
    for (const fold of [true, false]) {
      const file = encodeOnnx(model, state, { fold });
      const second = { shape: [1, 40, 40, 3], data: images.data.slice(4800, 9600) };
      const [six, one] = await runBatches(file, [images, second]);
      expectWithin(six!, output, 1e-4);
      expectWithin(one!, output.subarray(8, 16), 1e-4);
    }
  });
});

test.each(listModels().filter((name) => name !== 'fer_mobilenetv3'))(
  '%s: the same logits within 1e-4, for any batch, under its name and classes',
  async (name) => {
    const model = getModel(name, { classes: ['calm', 'cross', 'glad'], side: 40, bnMomentum: 1 });
    model.to(await testDevice(), { seed: 3 });
    const images = randomNormal([6, 40, 40, 3], 5);
    const x = onDevice(model.device, images);
    noGrad(() => model.train().call(x)).dispose(); // running statistics that fit the images
    const output = Float32Array.from(await noGrad(() => model.eval().call(x)).data());
    const state = await model.stateDict();
    model.dispose();
    const file = encodeOnnx(model, state, { fold: true });
    expect(metadataOf(file)).toMatchObject({
      model: name,
      classes: '["calm","cross","glad"]',
      input_side: '40',
    });
    const second = { shape: [1, 40, 40, 3], data: images.data.slice(4800, 9600) };
    const [six, one] = await runBatches(file, [images, second]);
    expectWithin(six!, output, 1e-4);
    expectWithin(one!, output.subarray(3, 6), 1e-4);
  },
);

test('without WebGPU: prepareImages, the ONNX file and probabilitiesOf answer as predict() does, within 1e-4', async () => {
  const model = await FerMobileNetV3.pretrained(await testDevice());
  const { side, mean, std, color, mirror, classNames } = model;
  expect({ color, mirror }).toEqual({ color: 'gray', mirror: true });
  const { data } = randomNormal([3, 60 * 50 * 3], 8);
  const images = [0, 1, 2].map((i) => ({
    width: 60,
    height: 50,
    // smooth areas with some noise, different in each image
    data: Uint8ClampedArray.from(
      data.subarray(9000 * i, 9000 * (i + 1)),
      (value, at) => 120 + 25 * value + 60 * Math.sin(at / (700 * (i + 1))),
    ),
  }));
  const expected = await model.predict(images);
  const session = await ort.InferenceSession.create(
    encodeOnnx(model, await model.stateDict(), { fold: true }),
  );
  const prepared = prepareImages(images, { side, mean, std, color, mirror });
  const { logits } = await session.run({ images: new ort.Tensor('float32', prepared.data, prepared.shape) });
  const rows = probabilitiesOf(logits!.data as Float32Array, classNames.length, { mirror });
  expected.forEach((answer, i) => {
    for (const { label, probability } of answer) {
      expect(Math.abs(rows[i]![classNames.indexOf(label)]! - probability)).toBeLessThan(1e-4);
    }
  });
  await session.release();
  model.dispose();
});

describe('options', () => {
  const images = randomNormal([6, 40, 40, 3], 5);
  let given: { model: FerMobileNetV3; state: StateDict; output: Float32Array };
  beforeAll(async () => {
    const mean = [0.4, 0.5, 0.6] as const;
    const std = [0.2, 0.25, 0.3] as const;
    const model = new FerMobileNetV3({ classes: ['calm', 'cross', 'glad'], side: 40, mean, std });
    given = { model, ...(await ours(model, images)) };
    model.dispose();
  });
  const write = (options: EncodeOnnxOptions = {}) => encodeOnnx(given.model, given.state, options);

  test('half-precision weights: half the bytes, nearly equal logits', async () => {
    for (const fold of [true, false]) {
      const file = write({ dtype: 'f16', fold });
      expect(file.length / write({ fold }).length).toBeLessThan(0.54);
      const logits = await runImages(file, images);
      expectWithin(logits, given.output, 0.02);
      expect(logits).not.toEqual(await runImages(write({ fold }), images));
    }
  });

  test('pixels in 0..1 and bytes are normalized by the mean and standard deviation of the model', async () => {
    const { mean, std } = given.model;
    const channelOf = (i: number) => Math.floor(i / 1600) % 3;
    const bytes = Uint8Array.from(channelsFirst(images).data, (value, i) => {
      const pixel = value * std[channelOf(i)]! + mean[channelOf(i)]!;
      return Math.round(255 * Math.min(1, Math.max(0, pixel)));
    });
    const normalized = Float32Array.from(
      bytes,
      (byte, i) => (byte / 255 - mean[channelOf(i)]!) / std[channelOf(i)]!,
    );
    const shape = [6, 3, 40, 40];
    const expected = (await run(write(), new ort.Tensor('float32', normalized, shape))).values;
    const unit = Float32Array.from(bytes, (byte) => byte / 255);
    const ofUnit = await run(write({ input: 'unit' }), new ort.Tensor('float32', unit, shape));
    const ofBytes = await run(write({ input: 'bytes' }), new ort.Tensor('uint8', bytes, shape));
    expectWithin(ofUnit.values, expected, 1e-4);
    expectWithin(ofBytes.values, expected, 1e-4);
  });

  test('for the shipped weights, trained on gray images, the graph converts color to luma', async () => {
    const gray = await FerMobileNetV3.pretrained(await testDevice());
    const state = await gray.stateDict();
    const { mean, std } = gray;
    const { side } = gray;
    const count = 3;
    const plane = side * side;
    const shape = [count, 3, side, side];
    const bytes = Uint8Array.from({ length: count * 3 * plane }, (_, i) => {
      const [channel, at] = [Math.floor(i / plane), i % plane];
      return 128 + 90 * Math.sin((at % side) / (7 + channel) + Math.floor(at / side) / (9 + 2 * channel));
    });
    const normalized = Float32Array.from(bytes, (_, i) => {
      const [image, channel, at] = [Math.floor(i / (3 * plane)), Math.floor(i / plane) % 3, i % plane];
      const [r = 0, g = 0, b = 0] = [0, 1, 2].map((c) => bytes[(3 * image + c) * plane + at]);
      return ((0.299 * r + 0.587 * g + 0.114 * b) / 255 - mean[channel]!) / std[channel]!;
    });
    const unit = new ort.Tensor(
      'float32',
      Float32Array.from(bytes, (byte) => byte / 255),
      shape,
    );
    const inputs = { unit, bytes: new ort.Tensor('uint8', bytes, shape) };
    const plain = encodeOnnx(gray, state, {});
    const expected = (await run(plain, new ort.Tensor('float32', normalized, shape))).values;
    for (const dtype of ['f32', 'f16'] as const) {
      for (const input of ['unit', 'bytes'] as const) {
        const written = encodeOnnx(gray, state, { input, dtype });
        expectWithin((await run(written, inputs[input])).values, expected, dtype === 'f32' ? 1e-4 : 0.02);
        expect(metadataOf(written)).toMatchObject({ color: 'gray', input });
      }
    }
    const color = new FerMobileNetV3({ classes: gray.classNames, side, mean, std });
    const inColor = (await run(encodeOnnx(color, state, { input: 'unit' }), unit)).values;
    expect(Math.max(...inColor.map((value, i) => Math.abs(value - expected[i]!)))).toBeGreaterThan(0.05);
    gray.dispose();
  });

  test('a softmax in the graph; names state the input and the output', async () => {
    const shape = [6, 3, 40, 40];
    const x = new ort.Tensor('float32', channelsFirst(images).data, shape);
    const logits = await run(write(), x);
    expect(logits.names).toEqual(['images', 'logits']);
    const { names, values } = await run(write({ output: 'probabilities' }), x);
    expect(names).toEqual(['images', 'probabilities']);
    const wanted = Array.from({ length: 6 }, (_, i) => {
      const row = [...logits.values.subarray(3 * i, 3 * i + 3)].map(Math.exp);
      return row.map((value) => value / row.reduce((sum, v) => sum + v));
    });
    expectWithin(values, wanted.flat(), 1e-5);
  });

  test('a file for any side gives the results of a file for that side', async () => {
    const other = randomNormal([1, 48, 33, 3], 3);
    await expect(runImages(write(), other)).rejects.toThrow(/Expected: 40|invalid dimensions/);
    const any = write({ side: 'any' });
    const model = new FerMobileNetV3({ classes: 3 }).to(await testDevice()).eval();
    model.loadStateDict(given.state);
    const y = await noGrad(() => model.call(onDevice(model.device, other))).data();
    const [six, one] = await runBatches(any, [images, other]);
    expectWithin(six!, given.output, 1e-4);
    // the running statistics do not fit this image, so its logits are large: up to 52
    expectWithin(one!, y, 1e-5 * Math.max(...y.map(Math.abs)));
    model.dispose();
  });

  test('the metadata describes the network', () => {
    expect(metadataOf(write({ side: 64, input: 'unit', about: { epoch: 7 } }))).toEqual({
      model: 'FerMobileNetV3',
      variant: 'paper',
      classes: '["calm","cross","glad"]',
      input_side: '64',
      mean: '[0.4,0.5,0.6]',
      std: '[0.2,0.25,0.3]',
      input: 'unit',
      epoch: '7',
    });
  });

  test('a fixed batch rejects other sizes', async () => {
    await expect(runImages(write({ batch: 2 }), images)).rejects.toThrow(/Expected: 2|invalid dimensions/);
  });
});

describe('models of single layers', () => {
  const cases: [string, () => Module, number[]][] = [
    [
      'convolutions with bias, stride, padding and dilation',
      () =>
        new Sequential(
          new Conv2d(3, 5, [3, 2], { stride: [2, 1], padding: [1, 0], dilation: [1, 2] }),
          new BatchNorm2d(5, { activation: 'relu6' }),
          new ReLU(),
          new DepthwiseConv2d(5, [2, 3], { padding: [0, 1], stride: [1, 2] }),
          new Sigmoid(),
        ),
      [2, 9, 8, 3],
    ],
    [
      'pools, then rows',
      () =>
        new Sequential(
          new MaxPool2d(3, { stride: 2, padding: 1 }),
          new ConvNormActivation(3, 7, 3, { activation: 'sigmoid' }),
          new AvgPool2d([2, 3], { padding: [1, 0] }),
          new DepthwiseNormActivation(7, 3, { activation: 'hardSigmoid' }),
          new BatchNorm2d(7),
          new Flatten(),
          new Linear(7 * 4 * 2, 6, { bias: false }),
          new ReLU6(),
          new Dropout(0.5),
          new Linear(6, 3),
          new Hardsigmoid(),
        ),
      [2, 11, 12, 3],
    ],
    [
      'groups, and padding in all forms',
      () =>
        new Sequential(
          new Conv2d(4, 6, 3, { groups: 2, padding: 'same', stride: 2 }),
          new Conv2d(6, 6, [2, 3], { groups: 6, padding: 'same', dilation: [1, 2] }),
          new BatchNorm2d(6),
          new DepthwiseConv2d(6, 2, {
            multiplier: 2,
            dilation: 2,
            padding: [
              [1, 2],
              [0, 3],
            ],
          }),
          new Conv2d(12, 4, 3, { padding: 'valid' }),
        ),
      [2, 9, 8, 4],
    ],
    [
      'activations',
      () =>
        new Sequential(
          new ConvNormActivation(3, 5, 1, { activation: 'silu' }),
          new Tanh(),
          new LeakyReLU(-3),
          new SiLU(),
          new GELU(),
          new ELU(0.7),
          new GELU('tanh'),
          new Softplus(),
          new Softplus(2, 1),
          new Softplus(0.5),
        ),
      [2, 3, 4, 3],
    ],
    [
      'pools that round up, dilated, with other divisors',
      () =>
        new Sequential(
          new MaxPool2d(3, { stride: 2, ceilMode: true }),
          new AvgPool2d(3, { stride: 1, padding: 1, countIncludePad: false }),
          new MaxPool2d(2, { stride: 1, dilation: 2 }),
          new AvgPool2d(2, { stride: 2, ceilMode: true }),
          new AvgPool2d(3, { stride: 1, padding: 1, ceilMode: true, countIncludePad: false }),
          new AvgPool2d([1, 2], { divisorOverride: 3 }),
          new AdaptiveMaxPool2d(),
        ),
      [2, 12, 15, 3],
    ],
    [
      'norms of images',
      () =>
        new Sequential(
          new GroupNorm(2, 6),
          new Tanh(),
          new LayerNorm(6),
          new LayerNorm([4, 6], { elementwiseAffine: false }),
          new LayerNorm([3, 4, 6], { bias: false }),
          new GroupNorm(6, 6, { affine: false, eps: 1e-3 }),
        ),
      [2, 3, 4, 6],
    ],
    [
      'norms of vectors',
      () =>
        new Sequential(
          new Flatten(),
          new BatchNorm1d(12, { activation: 'relu' }),
          new LayerNorm(12),
          new GroupNorm(3, 12),
          new Linear(12, 5),
          new BatchNorm1d(5, { affine: false, momentum: null }),
        ),
      [3, 2, 2, 3],
    ],
    [
      'padding, resizing and a channel shuffle',
      () =>
        new Sequential(
          new ReflectionPad2d([1, 2, 0, 3]),
          new Upsample({ scaleFactor: 2 }),
          new ReplicationPad2d([0, 1, 2, 0]),
          new ChannelShuffle(3),
          new Upsample({ scaleFactor: [0.6, 1.3], mode: 'bilinear' }),
          new Upsample({ size: [7, 5], mode: 'bilinear', alignCorners: true }),
          new ZeroPad2d([1, 0, 0, 2]),
          new Upsample({ size: [4, 11] }),
        ),
      [2, 4, 5, 6],
    ],
    [
      'transposed convolutions',
      () =>
        new Sequential(
          new ConvTranspose2d(4, 6, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
          new BatchNorm2d(6),
          new ConvTranspose2d(6, 3, [2, 3], { stride: [1, 2], dilation: [2, 1], bias: false }),
        ),
      [2, 3, 4, 4],
    ],
    [
      'transposed convolutions with output padding of at least the stride',
      () =>
        new Sequential(
          new ConvTranspose2d(3, 4, [3, 2], {
            padding: [1, 2],
            outputPadding: [1, 2],
            dilation: 3,
            stride: [1, 2],
          }),
          new ConvTranspose2d(4, 2, 3, { padding: [0, 1], outputPadding: [1, 2], dilation: 3, stride: 2 }),
        ),
      [2, 3, 4, 3],
    ],
    // the names of its parameters have no prefix
    ['one convolution', () => new Conv2d(3, 2, 3, { padding: 'same' }), [1, 4, 3, 3]],
    ['one depthwise convolution', () => new DepthwiseConv2d(3, 3), [1, 4, 3, 3]],
    ['one transposed convolution', () => new ConvTranspose2d(3, 2, 2), [1, 4, 3, 3]],
    ['one batch norm', () => new BatchNorm2d(3, { activation: 'relu' }), [1, 4, 3, 3]],
    ['one group norm', () => new GroupNorm(1, 3), [1, 4, 3, 3]],
    ['one layer norm', () => new LayerNorm(3), [1, 4, 3, 3]],
    ['one activation', () => new ELU(), [1, 4, 3, 3]],
    ['the mean of each channel', () => new Sequential(new AdaptiveAvgPool2d(), new Flatten()), [2, 5, 6, 3]],
    [
      'pools along an axis',
      () => new Sequential(new AxisPool('width', 'both'), new AxisPool('height', 'max')),
      [2, 5, 6, 3],
    ],
  ];
  test.each(cases)('%s', async (_, make, shape) => {
    const model = make();
    const images = randomNormal(shape, 2);
    model.to(await testDevice()).eval();
    writeModuleState(model, randomModuleState(model));
    const y = noGrad(() => model.call(onDevice(model.device, images)));
    const output = { shape: [...y.shape], data: Float64Array.from(await y.data()) };
    const expected = y.shape.length === 4 ? channelsFirst(output).data : output.data;
    const state = await model.stateDict();
    for (const fold of [true, false]) {
      expectWithin(await runImages(encodeOnnx(model, state, { fold }), images), expected, 1e-5);
    }
    model.dispose();
  });
});

describe('bytes, for models that do not begin with a convolution', () => {
  const cases: [string, () => Sequential, number][] = [
    ['an activation', () => new Sequential(new Hardsigmoid(), new AdaptiveAvgPool2d(), new Flatten()), 3],
    ['rows', () => new Sequential(new Flatten(), new Linear(7 * 5 * 3, 4)), 3],
    ['rows of gray images', () => new Sequential(new Flatten(), new Linear(7 * 5, 4)), 1],
    ['a norm', () => new Sequential(new BatchNorm2d(3), new ReLU(), new Flatten()), 3],
    ['a norm of gray images', () => new Sequential(new BatchNorm2d(1), new AxisPool('width', 'both')), 1],
    ['a pool', () => new Sequential(new MaxPool2d(2), new Conv2d(3, 2, 1), new Flatten()), 3],
    ['a depthwise convolution', () => new Sequential(new DepthwiseConv2d(3, 3), new Flatten()), 3],
    ['four channels', () => new Sequential(new AvgPool2d(2), new Flatten()), 4],
  ];
  test.each(cases)('%s', async (_, make, channels) => {
    const model = make();
    const shape = [2, 7, 5, channels];
    const mean = [0.4, 0.5, 0.6, 0.7].slice(0, channels);
    const std = [0.2, 0.25, 0.3, 0.35].slice(0, channels);
    const bytes = Uint8Array.from({ length: 70 * channels }, (_, i) => (37 * i + 11) % 256);
    const normalized = Float64Array.from(
      bytes,
      (byte, i) => (byte / 255 - mean[i % channels]!) / std[i % channels]!,
    );
    const { state, output } = await ours(model, { shape, data: normalized });
    model.dispose();
    const first = channelsFirst({ shape, data: Float64Array.from(bytes) });
    const file = encodeOnnx(model, state, { input: 'bytes', mean, std });
    const x = new ort.Tensor('uint8', Uint8Array.from(first.data), first.shape);
    expectWithin((await run(file, x)).values, output, 1e-4);
    const unit = new ort.Tensor(
      'float32',
      first.data.map((byte) => byte / 255),
      first.shape,
    );
    expectWithin(
      (await run(encodeOnnx(model, state, { input: 'unit', mean, std }), unit)).values,
      output,
      1e-4,
    );
  });
});

test('a convolution that two norms share is folded into each', async () => {
  const images = randomNormal([2, 6, 5, 4], 7);
  const shared = new Conv2d(4, 4, 3, { padding: 1 });
  const norm = new BatchNorm2d(4, { activation: 'relu' });
  // one norm twice as well, and the convolution without any
  const model = new Sequential(shared, new BatchNorm2d(4), shared, norm, shared, norm, shared, new Sigmoid());
  const { state, output } = await ours(model, images);
  model.dispose();
  const expected = channelsFirst({ shape: [2, 6, 5, 4], data: Float64Array.from(output) }).data;
  for (const fold of [true, false]) {
    for (const [dtype, most] of [
      ['f32', 1e-5],
      ['f16', 0.02],
    ] as const) {
      expectWithin(await runImages(encodeOnnx(model, state, { fold, dtype }), images), expected, most);
    }
  }
});

describe('values that cannot be written', () => {
  const empty: StateDict = new Map();

  test('a user’s own module, by its path', () => {
    class Shift extends Module {
      forward(x: Tensor): Tensor {
        return x;
      }
      outputShape(input: readonly number[]): readonly number[] {
        return input;
      }
    }
    const model = new Sequential(new ReLU(), new Sequential(new Shift()));
    expect(() => encodeOnnx(model, empty)).toThrow('encodeOnnx: Shift at 1.0 has no ONNX counterpart');
  });

  test('layers that do not follow from one another', () => {
    const relu = new ReLU();
    expect(() => encodeOnnx(new Sequential(new Flatten(), new MaxPool2d(2)), empty)).toThrow(
      'MaxPool2d at 1 works on images, but its input is already flat',
    );
    const linear = new Linear(3, 2, { bias: false });
    const state: StateDict = new Map([['1.weight', { shape: [2, 3], data: new Float32Array(6) }]]);
    expect(() => encodeOnnx(new Sequential(relu, linear), state)).toThrow(
      'Linear at 1 works on vectors, but its input is images',
    );
    expect(() => encodeOnnx(new Sequential(new Dropout()), empty)).toThrow('no layer computes anything');
    const gray = new Sequential(new Conv2d(1, 2, 1, { bias: false }));
    const weight: StateDict = new Map([['0.weight', { shape: [2, 1, 1, 1], data: new Float32Array(2) }]]);
    expect(() => encodeOnnx(gray, weight, { input: 'bytes' })).toThrow(
      'needs mean and std of each channel (got 3 and 3, expected 1)',
    );
    expect(() => encodeOnnx(new Sequential(relu), empty, { sides: 3 } as EncodeOnnxOptions)).toThrow('side');
    expect(() => encodeOnnx(new Sequential(relu), empty, { std: [1, 0, 1] })).toThrow(
      'finite numbers above 0',
    );
  });

  test('a batch norm without running statistics', () => {
    const norm = new BatchNorm2d(3, { affine: false, trackRunningStats: false });
    expect(() => encodeOnnx(new Sequential(norm), empty)).toThrow(
      'encodeOnnx: BatchNorm2d at 0 has no running statistics, so its output depends on the batch',
    );
  });

  test("padding 'same' with stride and dilation", () => {
    const model = new Sequential(
      new Conv2d(1, 1, 3, { padding: 'same', stride: 2, dilation: 2, bias: false }),
    );
    const state: StateDict = new Map([['0.weight', { shape: [1, 1, 3, 3], data: new Float32Array(9) }]]);
    expect(() => encodeOnnx(model, state)).toThrow(
      "encodeOnnx: Conv2d at 0 has padding 'same' with stride and dilation",
    );
  });

  test('output padding beyond the padding and the stride', () => {
    const model = new ConvTranspose2d(1, 1, 2, { outputPadding: 1, dilation: 2, bias: false });
    const state: StateDict = new Map([['weight', { shape: [1, 1, 2, 2], data: new Float32Array(4) }]]);
    expect(() => encodeOnnx(model, state)).toThrow(
      'encodeOnnx: ConvTranspose2d has outputPadding [1,1] beyond padding [0,0] and stride [1,1]',
    );
  });

  test('pools that ONNX lacks', () => {
    for (const [pool, why] of [
      [new AdaptiveAvgPool2d(7), 'AdaptiveAvgPool2d at 0 has output size [7], but ONNX supports only 1'],
      [
        new MaxPool2d(2, { padding: 1, ceilMode: true }),
        'MaxPool2d at 0 has ceilMode and a stride plus padding',
      ],
      [
        new AvgPool2d(3, { padding: 1, ceilMode: true, stride: 2 }),
        'AvgPool2d at 0 has ceilMode with counted padding',
      ],
    ] as const) {
      expect(() => encodeOnnx(new Sequential(pool), empty)).toThrow(why);
      expect(() => encodeOnnx(pool, empty)).toThrow(why.replace(' at 0', ''));
    }
  });

  test('a state of another model', () => {
    const model = new Sequential(new Conv2d(3, 2, 1, { bias: false }));
    expect(() => encodeOnnx(model, empty)).toThrow(
      'the state does not fit the model (1 problem):\n  missing: 0.weight [2, 3, 1, 1]',
    );
    const state: StateDict = new Map([['0.weight', { shape: [3, 2, 1, 1], data: new Float32Array(6) }]]);
    expect(() => encodeOnnx(model, state)).toThrow(
      'wrong shape: 0.weight is [3, 2, 1, 1], expected [2, 3, 1, 1]',
    );
  });
});

/** ModelProto.metadata_props */
function metadataOf(file: Uint8Array): Record<string, string> {
  const entries: string[][] = [];
  const readEntry = (tag: number, entry: string[], pbf: PbfReader) => {
    entry[tag - 1] = pbf.readString();
  };
  new PbfReader(file).readFields((tag, _, pbf) => {
    if (tag === 14) entries.push(pbf.readMessage(readEntry, []));
  }, null);
  return Object.fromEntries(entries);
}
