import { describe, expect, test } from 'vitest';
import { TransferReport, transferWeights } from '../../src/formats/transfer.ts';
import { Chain } from '../../src/layers/chain.ts';
import { Linear } from '../../src/layers/linear.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { torchShape } from '../../src/layers/torch-layout.ts';
import { networkMetadata } from '../../src/models/fer-mobilenetv3/pretrained-metadata.ts';
import type { ImageClassifier } from '../../src/models/image-classifier.ts';
import { modelOf } from '../../src/models/model-of.ts';
import type { ModelName } from '../../src/models/names.ts';
import { getModel, listModels } from '../../src/models/registry.ts';
import { freezeExcept } from '../../src/train/train-parts.ts';
import { testDevice } from '../support/device.ts';

/** Published parameters with the published number of classes; multiply-accumulates at 224 pixels (LeNet-5 and ResNet-20: 32). */
const PUBLISHED: Record<ModelName, [parameters: number, millions: number]> = {
  fer_mobilenetv3: [1_297_733, 183.1],
  lenet5: [62_006, 0.7],
  squeezenet1_1: [1_235_496, 349.2],
  mobilenet_v1: [4_231_976, 568.7],
  mobilenet_v2: [3_504_872, 300.8],
  mobilenet_v3_small: [2_542_856, 56.5],
  mobilenet_v3_large: [5_483_032, 216.6],
  shufflenet_v2_x0_5: [1_366_792, 40.5],
  shufflenet_v2_x1_0: [2_278_604, 144.9],
  efficientnet_b0: [5_288_548, 385.8],
  ghostnet: [5_182_508, 141.2],
  resnet18: [11_689_512, 1814.1],
  resnet20: [269_722, 40.6],
};

/** A state with the names and shapes of a model; every value is 0.5. */
function stateOf(model: ImageClassifier): StateDict {
  const state: StateDict = new Map();
  for (const [name, { shape, layout }] of model.namedParameters()) {
    const theirs = torchShape(shape, layout);
    state.set(name, { shape: theirs, data: new Float32Array(theirs.reduce((a, b) => a * b, 1)).fill(0.5) });
  }
  return state;
}

describe.each(listModels())('%s', (name) => {
  test('has the published parameters and multiply-accumulates', () => {
    const summary = getModel(name).summary();
    expect(summary.parameters).toBe(PUBLISHED[name][0]);
    expect(summary.macs / 1e6).toBeCloseTo(PUBLISHED[name][1], 1);
    expect(summary.rows.reduce((sum, row) => sum + row.parameters, 0)).toBe(summary.parameters);
  });

  test('names its head and its last blocks; each has parameters', () => {
    const model = getModel(name, { classes: 3 });
    const modules = new Map(model.namedModules());
    const { head, lastBlocks } = model.parts;
    for (const path of [...head, ...lastBlocks]) {
      expect(modules.get(path)?.parameters().length, path).toBeGreaterThan(0);
    }
    expect(freezeExcept(model, 'all')).toEqual(['']);
    expect(model.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
    const trained = (part: 'head' | 'last-blocks') => {
      freezeExcept(model, part);
      return model.parameters().filter(({ requiresGrad }) => requiresGrad).length;
    };
    const [inHead, inBoth] = [trained('head'), trained('last-blocks')];
    expect(inHead).toBe(head.flatMap((path) => modules.get(path)!.parameters()).length);
    expect(inBoth).toBeGreaterThan(inHead);
    expect(inBoth).toBeLessThan(model.parameters().length);
  });

  test('is recognized from its weights, with and without metadata', () => {
    const model = getModel(name, {
      classes: ['calm', 'cross', 'glad'],
      side: 48,
      color: 'gray',
      mirror: true,
    });
    const state = stateOf(model);
    const told = modelOf(state, networkMetadata(model));
    const { classNames, side, color, mirror } = model;
    expect(told).toMatchObject({ model: name, classNames, side, color, mirror });
    const found = modelOf(state);
    expect(found.classNames).toEqual(['class 0', 'class 1', 'class 2']);
    expect(found.parameterCount()).toBe(model.parameterCount());
    // torchvision's mobilenet_v3_large is the variant `large` of FerMobileNetV3
    expect(found.model).toBe(name === 'mobilenet_v3_large' ? 'fer_mobilenetv3' : name);
    expect(modelOf(state, {}, { model: name }).model).toBe(name);
  });
});

test('other numbers of input channels', () => {
  const model = getModel('mobilenet_v2', { inputChannels: 1, classes: 2 });
  expect(model.outputShape([4, 32, 32, 1])).toEqual([4, 2]);
  expect(() => model.outputShape([4, 32, 32, 3])).toThrow(/channels/);
  expect(modelOf(stateOf(model)).inputChannels).toBe(1);
  expect(() => getModel('fer_mobilenetv3', { inputChannels: 1 })).toThrow(/inputChannels: got 1, expected 3/);
});

test.each([
  [
    () => getModel('mobilenetv2' as ModelName),
    /getModel: name: got 'mobilenetv2', expected one of .*Did you mean 'mobilenet_v2'/,
  ],
  [
    () => getModel('resnet18', { class: 3 } as object),
    /ResNet: unknown option "class" .*Did you mean "classes"/,
  ],
  [() => getModel('resnet18', { classes: 1 }), /ResNet: classes: /],
  [() => getModel('ghostnet', { dropout: 1 }), /GhostNet: dropout: got 1/],
  [() => getModel('ghostnet').outputShape([1, 31, 64, 3]), /GhostNet: input: got 31 x 64 pixels/],
  [() => modelOf(new Map()), /no network has these weights \(the first names are none\)/],
  [() => modelOf(new Map(), { model: 'vgg16' }), /unknown network \(got "vgg16"/],
  [
    () => modelOf(stateOf(getModel('resnet20')), { model: 'resnet20' }, { model: 'resnet18' }),
    /the network is resnet20 by the metadata \(got resnet18\)/,
  ],
  [
    () => modelOf(stateOf(getModel('resnet20')), {}, { model: 'resnet20', variant: 'large' }),
    /"variant" is for fer_mobilenetv3/,
  ],
  [() => modelOf(stateOf(getModel('resnet20')), {}, { model: 'ghostnet' }), /"conv_stem.weight" is missing/],
  [
    () => freezeExcept(new Linear(2, 2), 'head'),
    /train: got 'head' for a Linear, expected a network of feathergrad/,
  ],
  [() => new Chain({}), /Chain: modules: got none/],
  [() => new Chain({ 0: 3 as unknown as Linear }), /Chain: module 0: got 3, expected a Module/],
] as const)('%s is refused', (run, message) => {
  expect(run).toThrow(message);
});

test('weights for other classes: everything except the head is copied, and the report says so', async () => {
  const model = getModel('resnet20', { classes: 3 }).to(await testDevice());
  const report = transferWeights(model, stateOf(getModel('resnet20')));
  expect(report).toBeInstanceOf(TransferReport);
  expect(report.kept.filter(({ name }) => !/running_/.test(name))).toEqual([
    { name: 'fc.weight', reason: 'its shape differs (got [10, 64], expected [3, 64])' },
    { name: 'fc.bias', reason: 'its shape differs (got [10], expected [3])' },
  ]);
  expect(String(report)).toMatch(/kept: fc: its shape differs/);
  const weight = (await model.stateDict()).get('layer1.0.conv1.weight');
  expect([...weight!.data].every((value) => value === 0.5)).toBe(true);
  expect(() => transferWeights(model, new Map([['x', { shape: [1], data: new Float32Array(1) }]]))).toThrow(
    /none of the weights fit this model \(the first names are x\)\. Use weights of resnet20\./,
  );
  model.dispose();
});
