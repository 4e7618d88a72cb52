import { describe, expect, test } from 'vitest';
import { loadMobileNetV3Large, transferWeights } from '../../src/formats/index.ts';
import type { StateDict, StateEntry } from '../../src/layers/state-dict.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { mobileNetV3Large, stateSpecs } from '../reference/fer-mobilenetv3-config.ts';
import { testDevice } from '../support/device.ts';

/** torchvision's mobilenet_v3_large: 174 parameters, 138 buffers, 5,483,032 trainable numbers. Entry i is i + 1/2. */
function torchvision(): StateDict {
  const state: StateDict = new Map();
  let i = 0;
  for (const { name, shape } of stateSpecs(mobileNetV3Large(1000))) {
    const [a = 0, b = 0, c = 0, d = 0] = shape;
    const axes = [[a], [a], [b, a], [c, 1, a, b], [d, c, a, b]][shape.length]!;
    const data = new Float32Array(axes.reduce((product, n) => product * n, 1)).fill(i++ + 0.5);
    state.set(name, { shape: axes, data });
    if (!name.endsWith('running_var')) continue;
    state.set(name.replace('running_var', 'num_batches_tracked'), { shape: [], data: new Float32Array(1) });
  }
  return state;
}

test('the file is torchvision’s', () => {
  const state = torchvision();
  expect(state.size).toBe(312);
  const shapes = Object.fromEntries([...state].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toMatchObject({
    'features.0.0.weight': [16, 3, 3, 3],
    'features.1.block.0.0.weight': [16, 1, 3, 3],
    'features.4.block.2.fc1.weight': [24, 72, 1, 1],
    'features.4.block.3.1.num_batches_tracked': [],
    'features.9.block.2.0.weight': [80, 184, 1, 1],
    'features.15.block.1.0.weight': [960, 1, 5, 5],
    'features.16.0.weight': [960, 160, 1, 1],
    'classifier.0.weight': [1280, 960],
    'classifier.3.weight': [1000, 1280],
  });
});

/** toEqual takes seconds for a million numbers. */
function expectSame(name: string, given?: StateEntry, wanted?: StateEntry): void {
  const isSame =
    given?.data.length === wanted?.data.length && given?.data.every((v, i) => v === wanted?.data[i]);
  expect([name, given?.shape, isSame]).toEqual([name, wanted?.shape, true]);
}

/** Loads and checks that each name has the values that the report states, and that nothing else has changed. */
async function load(
  options: ConstructorParameters<typeof FerMobileNetV3>[0],
  from: (model: FerMobileNetV3, state: StateDict) => ReturnType<typeof loadMobileNetV3Large>,
  state = torchvision(),
) {
  const model = new FerMobileNetV3(options).to(await testDevice(), { seed: 4 });
  const before = await model.stateDict();
  const report = from(model, state);
  const after = await model.stateDict();
  model.dispose();
  expect(report.taken.length + report.kept.length).toBe(before.size);
  for (const { name, from: source } of report.taken) {
    expectSame(name, after.get(name), state.get(source));
  }
  for (const { name } of report.kept) expectSame(name, after.get(name), before.get(name));
  const sources = new Map(report.taken.map(({ name, from: source }) => [name, source]));
  const reasons = new Map(report.kept.map(({ name, reason }) => [name, reason]));
  return { report, sources, reasons };
}

describe('from ImageNet', () => {
  test('the paper’s network loads all layers except features.13 to features.16 and the heads', async () => {
    const { report, sources, reasons } = await load({}, loadMobileNetV3Large);
    // by role in the block: attention moves the projection from block.2 to block.3
    expect(sources.get('features.9.block.3.0.weight')).toBe('features.9.block.2.0.weight');
    expect(sources.get('features.9.block.1.1.running_var')).toBe('features.9.block.1.1.running_var');
    expect(sources.get('features.12.block.3.0.weight')).toBe('features.12.block.3.0.weight');
    expect(sources.get('features.4.block.2.fc2.bias')).toBe('features.4.block.2.fc2.bias');
    expect(reasons.get('features.9.block.2.conv1.weight')).toBe(
      'its attention differs (got none, expected cpsca)',
    );
    expect(reasons.get('features.12.block.2.bn1.running_mean')).toBe(
      'its attention differs (got se, expected ca)',
    );
    expect(reasons.get('features.13.block.0.0.weight')).toBe('trained from scratch, as in the paper');
    expect(reasons.get('classifier_2.2.bias')).toBe('trained from scratch, as in the paper');
    expect(String(report).split('\n')).toEqual([
      'loaded: 192 of 316 parameters and statistics',
      '  under other names: features.9.block.2 as features.9.block.3, features.10.block.2 as features.10.block.3',
      'kept: features.9.block.2, features.10.block.2: its attention differs (got none, expected cpsca)',
      'kept: features.11.block.2, features.12.block.2: its attention differs (got se, expected ca)',
      'kept: features.13, features.14, features.15, features.16, classifier_1, classifier_2: trained from scratch, as in the paper',
      'not used: features.11.block.2, features.12.block.2, features.13, features.14, features.15, features.16, classifier',
    ]);
    expect(report.unused.every((name) => /^features\.1[1-6]\.|^classifier/.test(name))).toBe(true);
  });

  test('more layers on request: those with the same shape in the tail', async () => {
    const { sources, reasons } = await load({}, (model, state) =>
      loadMobileNetV3Large(model, state, { fresh: [] }),
    );
    expect(sources.get('features.13.block.1.0.weight')).toBe('features.13.block.1.0.weight');
    expect(reasons.get('features.13.block.3.0.weight')).toBe(
      'its shape differs (got [160, 672, 1, 1], expected [80, 672, 1, 1])',
    );
    expect(reasons.get('classifier_1.0.weight')).toBe('missing in the other weights');
  });

  test('MobileNetV3-Large loads all layers except the last', async () => {
    const { report, reasons } = await load({ variant: 'large' }, transferWeights);
    expect(report.unused).toEqual(['classifier.3.weight', 'classifier.3.bias']);
    expect([...reasons]).toEqual([
      ['classifier.3.weight', 'its shape differs (got [1000, 1280], expected [8, 1280])'],
      ['classifier.3.bias', 'its shape differs (got [1000], expected [8])'],
    ]);
  });

  test('with squeeze-excitation in all blocks, all attention is loaded', async () => {
    const { sources, reasons } = await load({ variant: 'reduced-se' }, transferWeights);
    expect(sources.get('features.11.block.2.fc1.weight')).toBe('features.11.block.2.fc1.weight');
    expect(reasons.get('features.9.block.2.fc1.weight')).toBe(
      'its attention differs (got none, expected se)',
    );
  });

  test('without attention, projections move the other way', async () => {
    const { sources } = await load({ variant: 'reduced' }, transferWeights);
    expect(sources.get('features.5.block.2.0.weight')).toBe('features.5.block.3.0.weight');
  });
});

test('from the same network with other classes: all layers except the last', async () => {
  const model = new FerMobileNetV3({ classes: 7 }).to(await testDevice(), { seed: 9 });
  const state = await model.stateDict();
  model.dispose();
  const { reasons } = await load({ classes: 8 }, transferWeights, state);
  expect([...reasons.keys()]).toEqual(['classifier_2.2.weight', 'classifier_2.2.bias']);
});

test('unrelated weights are an error', async () => {
  const model = new FerMobileNetV3().to(await testDevice());
  const other: StateDict = new Map([['layer1.0.weight', { shape: [1], data: new Float32Array(1) }]]);
  for (const take of [transferWeights, loadMobileNetV3Large]) {
    expect(() => take(model, other)).toThrow(
      'none of the weights fit this model (the first names are layer1.0.weight',
    );
  }
  model.dispose();
});
