import { describe, expect, test } from 'vitest';
import {
  decodeSafetensors,
  decodeTorch,
  decodeWeights,
  encodeTorch,
  encodeWeights,
  tensorsOf,
  torchState,
} from '../../src/formats/index.ts';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { VARIANTS } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { networkMetadata, networkOf } from '../../src/models/fer-mobilenetv3/pretrained-metadata.ts';
import { WeightsError } from '../../src/models/fer-mobilenetv3/weights-error.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { randomNormal } from '../reference/array.ts';
import { stateSpecs } from '../reference/fer-mobilenetv3-config.ts';
import { randomModuleState, writeModuleState } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';
import { referenceConfig } from '../support/reference-network.ts';

/** PyTorch's shape of a tensor that the reference stores channels last. */
function torchShape(shape: readonly number[]): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = shape;
  return shape.length === 4
    ? [d, c, a, b]
    : shape.length === 3
      ? [c, 1, a, b]
      : shape.length === 2
        ? [b, a]
        : [a];
}

/** A state of zeros under the reference's names, like the file of a variant. */
function emptyState(variant: (typeof VARIANTS)[number], classes = 8): StateDict {
  const state: StateDict = new Map();
  for (const { name, shape } of stateSpecs(referenceConfig(variant, classes))) {
    const sides = torchShape(shape);
    state.set(name, { shape: sides, data: new Float32Array(sides.reduce((product, n) => product * n, 1)) });
  }
  return state;
}

describe('PyTorch’s names', () => {
  test.each(VARIANTS)('variant %s: the reference’s, and no others, in its shapes', async (variant) => {
    const device = await testDevice();
    const model = new FerMobileNetV3({ variant }).to(device);
    const state = torchState(decodeTorch(encodeTorch(await model.stateDict())));
    const expected = new Map<string, number[]>();
    for (const { name, shape } of stateSpecs(referenceConfig(variant, 8))) {
      expected.set(name, torchShape(shape));
      if (name.endsWith('running_var')) expected.set(name.replace('running_var', 'num_batches_tracked'), []);
    }
    const given = new Map([...state].map(([name, entry]) => [name, entry.shape]));
    expect([...given].sort()).toEqual([...expected].sort());
    // and back
    model.loadStateDict(state);
    model.loadStateDict(emptyState(variant));
    model.dispose();
  });
});

describe('half precision', () => {
  test('of the whole network: 2.7 MB, logits within 0.01 of full precision, statistics as they were', async () => {
    const device = await testDevice();
    const model = new FerMobileNetV3({ classes: ['a', 'b', 'c'], side: 40 }).to(device);
    writeModuleState(model, randomModuleState(model));
    const images = onDevice(device, randomNormal([6, 40, 40, 3], 5));
    for (const [, module] of model.namedModules()) if (module instanceof BatchNorm2d) module.momentum = 1;
    noGrad(() => model.train().call(images)).dispose();
    model.eval();
    const before = await noGrad(() => model.call(images)).data();
    const state = await model.stateDict();
    const halves = encodeWeights(model, state, { dtype: 'f16' });
    expect(halves.length).toBeLessThan(2.75e6);
    expect(encodeWeights(model, state).length).toBeGreaterThan(5.2e6);

    const back = decodeWeights(halves);
    for (const [name, { shape, data }] of state) {
      if (shape.length > 1) continue;
      expect(back.state.get(name)!.data.every((value, i) => value === data[i])).toBe(true);
    }
    model.loadStateDict(back.state);
    const after = await noGrad(() => model.call(images)).data();
    const differences = [...before].map((value, i) => Math.abs(value - after[i]!));
    expect(Math.max(...before.map(Math.abs))).toBeGreaterThan(0.3);
    expect(Math.max(...differences)).toBeLessThan(0.01);
    expect(Math.max(...differences)).toBeGreaterThan(0);
    model.dispose();
  });

  test('keeps vectors, and weights beyond 65,504, in single precision', () => {
    const state: StateDict = new Map([
      ['weight', { shape: [1, 2], data: Float32Array.of(65504, 1 / 3) }],
      ['huge', { shape: [1, 2], data: Float32Array.of(65505, 1) }],
      ['endless', { shape: [1, 2], data: Float32Array.of(Number.POSITIVE_INFINITY, Number.NaN) }],
      ['running_var', { shape: [2], data: Float32Array.of(1e-9, 1e9) }],
    ]);
    const dtypes = [...tensorsOf(state, 'f16')].map(([name, { dtype }]) => `${name} ${dtype}`);
    expect(dtypes).toEqual(['weight F16', 'huge F32', 'endless F32', 'running_var F32']);
    expect([...tensorsOf(state)].every(([, { dtype }]) => dtype === 'F32')).toBe(true);
  });
});

test('metadata describes how to build the network, with more entries where needed', () => {
  const model = new FerMobileNetV3({
    classes: ['a', 'b'],
    variant: 'reduced-maxca',
    side: 64,
    mean: [0, 0, 0],
  });
  const file = encodeWeights(model, emptyState('reduced-maxca', 2), { about: { epoch: 3 } });
  const { metadata, state, format } = decodeWeights(file);
  expect(format).toBe('safetensors');
  expect(metadata).toEqual(decodeSafetensors(file).metadata);
  expect(metadata).toEqual({
    format: 'pt',
    model: 'FerMobileNetV3',
    variant: 'reduced-maxca',
    classes: '["a","b"]',
    input_side: '64',
    mean: '[0,0,0]',
    std: '[0.229,0.224,0.225]',
    epoch: '3',
  });
  const network = networkOf(state, metadata);
  expect(network).toEqual({
    variant: 'reduced-maxca',
    classes: ['a', 'b'],
    side: 64,
    mean: [0, 0, 0],
    std: [0.229, 0.224, 0.225],
    color: 'rgb',
    mirror: false,
  });
});

describe('networks inferred from weights without metadata', () => {
  test.each(VARIANTS.filter((variant) => !/-(max)?ca$/.test(variant)))(
    'variant %s by its names',
    (variant) => {
      expect(networkOf(emptyState(variant, 7))).toMatchObject({ variant, classes: 7, side: 224 });
    },
  );

  test('reduced-ca and reduced-maxca look the same, so the variant must be given', () => {
    for (const variant of ['reduced-ca', 'reduced-maxca'] as const) {
      const state = emptyState(variant);
      expect(() => networkOf(state)).toThrow('have the same names and shapes. Pass the variant');
      expect(networkOf(state, {}, { variant }).variant).toBe(variant);
      expect(networkOf(state, { variant }).variant).toBe(variant);
    }
  });

  const state = emptyState('paper');
  const names = JSON.stringify(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);

  test('facts from the caller override the metadata', () => {
    const metadata = { classes: names, input_side: '112', mean: '[0,0,0]', std: '[1,1,1]' };
    expect(networkOf(state, metadata)).toMatchObject({
      classes: JSON.parse(names),
      side: 112,
      std: [1, 1, 1],
    });
    expect(networkOf(state, metadata, { classes: 8, side: 48, std: [2, 2, 2] })).toMatchObject({
      classes: JSON.parse(names),
      side: 48,
      mean: [0, 0, 0],
      std: [2, 2, 2],
    });
  });

  test.each([
    [{ classes: '["a","b"]' }, /2 class names, but the last layer has 8 outputs/],
    [{ classes: 'Happy, Sad' }, /classes: got Happy, Sad, expected a JSON list of different names/],
    [{ classes: '[1,2,3,4,5,6,7,8]' }, /expected a JSON list of different names/],
    [{ classes: '["a","b","c","d","e","f","g","a"]' }, /expected a JSON list of different names/],
    [{ classes: '["a","b","c","d","e","f","g"," "]' }, /expected a JSON list of different names/],
    [{ classes: 'null' }, /classes: got null/],
    [{ variant: 'toString' }, /variant: got "toString", expected one of paper/],
    [{ input_side: '12.5' }, /input_side: got 12\.5/],
    [{ input_side: '' }, /input_side/],
    [{ input_side: '0x30' }, /input_side: got 0x30, expected an integer from 32 to 65536/],
    [{ input_side: '8e1' }, /input_side/],
    [{ input_side: ' 80' }, /input_side/],
    [{ input_side: '-80' }, /input_side/],
    [{ input_side: '70000' }, /input_side/],
    [{ mean: '[1,2]' }, /mean: got \[1,2\], expected a JSON list of three numbers/],
    [{ mean: '[0.5,1e999,0.5]' }, /mean: got/],
    [{ mean: '[null,1,1]' }, /mean: got/],
    [{ std: '[1,0,1]' }, /std: got \[1,0,1\], expected a JSON list of three numbers above 0/],
    [{ std: '[1,1e-300,1]' }, /std: got/],
    [{ std: '[1,-1,1]' }, /std: got/],
    [{ std: '"1,1,1"' }, /std: got/],
    [{ color: 'blue' }, /color: got blue, expected rgb or gray/],
    [{ testTimeMirror: 'yes' }, /testTimeMirror: got yes, expected true or false/],
  ])('%j is rejected', (metadata, message) => {
    expect(() => networkOf(state, metadata as Record<string, string>)).toThrow(WeightsError);
    expect(() => networkOf(state, metadata as Record<string, string>)).toThrow(message);
  });

  test('color and mirror come from the metadata, which omits defaults', () => {
    const model = new FerMobileNetV3({ color: 'gray', mirror: true });
    const metadata = networkMetadata(model);
    expect(metadata).toMatchObject({ color: 'gray', testTimeMirror: 'true' });
    expect(networkOf(state, metadata)).toMatchObject({ color: 'gray', mirror: true });
    expect(networkOf(state, { color: 'gray' }).color).toBe('gray');
    expect(networkOf(state, metadata, { color: 'rgb', mirror: false })).toMatchObject({
      color: 'rgb',
      mirror: false,
    });
    expect(Object.keys(networkMetadata(new FerMobileNetV3()))).not.toContain('color');
  });

  test('a number of classes only checks the outputs', () => {
    const seven = emptyState('paper', 7);
    expect(new FerMobileNetV3(networkOf(seven)).classNames).toEqual(
      Array.from({ length: 7 }, (_, i) => `class ${i}`),
    );
    expect(networkOf(state, { classes: names }, { classes: 8 }).classes).toEqual(JSON.parse(names));
    expect(() => networkOf(state, {}, { classes: 7 })).toThrow('7 classes, but the last layer has 8 outputs');
  });

  test('weights of another network are rejected', () => {
    expect(() => networkOf(new Map())).toThrow('there are none at all');
    const resnet: StateDict = new Map([['conv1.weight', { shape: [1], data: new Float32Array(1) }]]);
    expect(() => networkOf(resnet)).toThrow('they begin with conv1.weight');
    const mixed = emptyState('paper');
    for (const name of mixed.keys()) if (name.startsWith('features.11.block.2')) mixed.delete(name);
    expect(() => networkOf(mixed)).toThrow(
      'attention se, cpsca, none in blocks 4, 9 and 11 does not match any variant',
    );
  });
});
