import { describe, expect, test } from 'vitest';
import { torchShape } from '../../src/layers/torch-layout.ts';
import { FER_CLASSES, VARIANTS } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { parameterCount, stateSpecs } from '../reference/fer-mobilenetv3-config.ts';
import { moduleCosts, totalMacs } from '../reference/fer-mobilenetv3-costs.ts';
import { referenceConfig } from '../support/reference-network.ts';

const paper = new FerMobileNetV3();

describe("the paper's network", () => {
  test('has the parameters that the released code has', () => {
    expect(paper.parameterCount()).toBe(1_297_733);
    expect(new FerMobileNetV3({ classes: 7 }).parameterCount()).toBe(1_297_092);
  });

  test.each([
    [224, 183_109_760],
    [112, 47_717_192],
    [96, 34_451_072],
    [64, 15_708_800],
    [48, 9_659_528],
  ])('at %i x %i pixels: %i multiply-accumulates', (side, macs) => {
    const summary = paper.summary(side);
    expect(summary.macs).toBe(macs);
    expect(summary.parameters).toBe(1_297_733);
    expect(summary.side).toBe(side);
    // complementary pooling as one convolution, in blocks 9 and 10
    expect(summary.macsMerged).toBe(totalMacs(referenceConfig('paper', 8), side, 1));
    const strip = 2 * Math.ceil(side / 16);
    expect(summary.macs - summary.macsMerged).toBe(2 * strip * 184 * 8);
  });

  test.each([
    ['features.0', [112, 112, 16], 464, 5_419_008],
    ['features.1', [112, 112, 16], 464, 5_017_600],
    ['features.2', [56, 56, 24], 3_440, 19_468_288],
    ['features.3', [56, 56, 24], 4_440, 12_870_144],
    ['features.4', [28, 28, 40], 10_328, 9_091_584],
    ['features.5', [28, 28, 40], 20_992, 9_886_080],
    ['features.6', [28, 28, 40], 20_992, 9_886_080],
    ['features.7', [14, 14, 80], 32_080, 11_712_960],
    ['features.8', [14, 14, 80], 34_760, 6_624_800],
    ['features.9', [14, 14, 80], 36_800, 6_218_464],
    ['features.10', [14, 14, 80], 36_800, 6_218_464],
    ['features.11', [14, 14, 112], 121_229, 19_313_280],
    ['features.12', [14, 14, 112], 203_231, 31_479_168],
    ['features.13', [7, 7, 80], 192_415, 18_604_320],
    ['features.14', [7, 7, 80], 113_485, 4_552_800],
    ['features.15', [7, 7, 80], 113_485, 4_552_800],
    ['features.16', [7, 7, 480], 39_360, 1_881_600],
    ['classifier_1', [640], 307_840, 307_200],
    ['classifier_2', [8], 5_128, 5_120],
  ])('%s', (name, output, parameters, macs) => {
    const block = paper
      .summary(224)
      .byBlock()
      .find((row) => row.name === name);
    expect(block).toMatchObject({ output: [1, ...output], parameters, macs });
  });

  test.each([
    ['features.4', 'SqueezeExcitation', 3_552],
    ['features.5', 'SqueezeExcitation', 7_832],
    ['features.9', 'CoordinateAttention', 4_808],
    ['features.11', 'CoordinateAttention', 22_605],
    ['features.12', 'CoordinateAttention', 43_743],
    ['features.13', 'CoordinateAttention', 43_743],
    ['features.14', 'CoordinateAttention', 22_605],
  ])('the attention of %s is a %s of %i parameters', (block, kind, parameters) => {
    const { rows } = paper.summary(224);
    const own = rows.filter(({ name }) => name.startsWith(`${block}.block.2`));
    expect(own.reduce((sum, row) => sum + row.parameters, 0)).toBe(parameters);
    expect(own.at(-1)).toMatchObject({ name: `${block}.block.2`, kind, parameters: 0 });
  });

  test('counts the bytes of every result', () => {
    const { rows, activationBytes } = paper.summary(224);
    expect(rows[0]).toMatchObject({
      name: 'features.0.0',
      kind: 'Conv2d',
      output: [1, 112, 112, 16],
      parameters: 432,
      macs: 5_419_008,
      activationBytes: 4 * 112 * 112 * 16,
    });
    for (const row of rows) {
      expect(row.activationBytes).toBe(4 * row.output.reduce((product, n) => product * n, 1));
    }
    expect(activationBytes).toBe(rows.reduce((sum, row) => sum + row.activationBytes, 0));
  });

  test('prints a table with totals, by block or by layer', () => {
    const summary = paper.summary(224);
    const lines = summary.toString().split('\n');
    expect(lines[0]).toMatch(/^layer +output +parameters +MACs +activation bytes$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^features\.12 +\[1, 14, 14, 112\] +203,231 +31,479,168 +[\d,]+$/),
    );
    const text = summary.toString();
    expect(text).toMatch(/^parameters +1,297,733$/m);
    expect(text).toMatch(
      /^MACs +183,109,760 with complementary pooling as two convolutions \(the paper's form\), 183,027,328 as one/m,
    );
    expect(summary.toString(true)).toMatch(
      /^features\.4\.block\.2\.fc1 +Conv2d +\[1, 1, 1, 24\] +1,752 +1,728 /m,
    );
    expect(new FerMobileNetV3({ variant: 'reduced' }).summary(64).toString()).not.toContain('complementary');
  });
});

describe.each(VARIANTS)('variant %s', (variant) => {
  const config = referenceConfig(variant, 7);
  const model = new FerMobileNetV3({ variant, classes: 7 });

  test("has the reference's names, shapes and parameters", () => {
    const entries = [...model.namedParameters(), ...model.namedBuffers()].filter(
      ([name]) => !name.endsWith('.counter'),
    );
    const sorted = (list: { name: string; shape: readonly number[] }[]) =>
      list.map(({ name, shape }) => ({ name, shape: [...shape] })).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(sorted(entries.map(([name, { shape }]) => ({ name, shape })))).toEqual(sorted(stateSpecs(config)));
    expect(model.parameterCount()).toBe(parameterCount(config));
  });

  test('costs what the reference counts, block by block', () => {
    for (const side of [32, 75, 224]) {
      const blocks = model.summary(side).byBlock();
      const costs = moduleCosts(config, side);
      const features = costs.slice(0, -2).map(({ name, outputSide, parameters, macs }) => ({
        name,
        outputSide,
        parameters,
        macs,
      }));
      const got = blocks
        .filter(({ name }) => name.startsWith('features'))
        .map(({ name, output, parameters, macs }) => ({ name, outputSide: output[1], parameters, macs }));
      expect(got).toEqual(features);
      expect(model.summary(side).macs).toBe(totalMacs(config, side));
    }
  });
});

test("state-dict shapes are PyTorch's", () => {
  const shapes = new Map(
    [...paper.namedParameters()].map(([name, { shape, layout }]) => [name, torchShape(shape, layout)]),
  );
  expect(shapes.get('features.0.0.weight')).toEqual([16, 3, 3, 3]);
  expect(shapes.get('features.4.block.1.0.weight')).toEqual([72, 1, 5, 5]);
  expect(shapes.get('features.4.block.2.fc1.weight')).toEqual([24, 72, 1, 1]);
  expect(shapes.get('features.9.block.2.conv_h.weight')).toEqual([184, 8, 1, 1]);
  expect(shapes.get('features.12.block.2.conv3.bias')).toEqual([672]);
  expect(shapes.get('classifier_1.0.weight')).toEqual([640, 480]);
  expect(shapes.get('classifier_2.2.weight')).toEqual([8, 640]);
});

test("MobileNetV3-Large has torchvision's parameters and names", () => {
  const model = new FerMobileNetV3({ variant: 'large', classes: 1000 });
  expect(model.parameterCount()).toBe(5_483_032);
  const names = [...model.namedParameters()].map(([name]) => name);
  expect(names).toContain('features.4.block.2.fc1.weight');
  expect(names.slice(-4)).toEqual([
    'classifier.0.weight',
    'classifier.0.bias',
    'classifier.3.weight',
    'classifier.3.bias',
  ]);
});

describe('classes', () => {
  test("are FER+'s by default, named by the user, or numbered if only their number is given", () => {
    expect(paper.classNames).toEqual(FER_CLASSES);
    expect(new FerMobileNetV3({ classes: ['calm', 'cross'] }).classNames).toEqual(['calm', 'cross']);
    for (const classes of [2, 7, 8, 9]) {
      const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
      expect(new FerMobileNetV3({ classes }).classNames).toEqual(names);
    }
  });

  test.each([
    [1, 'expected an integer of at least 2'],
    [-3, 'got -3'],
    [2.5, 'got 2.5'],
    [Number.NaN, 'got NaN'],
    [[], 'got 0 names, expected at least 2'],
    [['calm'], 'got 1 names, expected at least 2'],
    [['calm', ''], 'got the name "", expected a string that is not empty'],
    [['calm', 3], 'got the name 3, expected a string that is not empty'],
    [['calm', 'cross', 'calm'], 'got the name "calm" twice'],
    ['FER+', 'got "FER+", expected an integer of at least 2 or a list of names'],
    [null, 'got null, expected an integer of at least 2 or a list of names'],
    [{ length: 3 }, 'got {"length":3}, expected an integer of at least 2 or a list of names'],
  ])('%j is rejected', (classes, message) => {
    expect(() => new FerMobileNetV3({ classes: classes as number })).toThrow(message);
  });
});

test('rejects mismatched arguments', () => {
  expect(() => paper.summary(31)).toThrow(
    'FerMobileNetV3: input: got 31 x 31 pixels, expected at least 32 x 32',
  );
  expect(() => paper.outputShape([1, 64, 64, 1])).toThrow('[1, 64, 64, 1] has 1 channels');
  expect(() => paper.outputShape([3, 64, 64])).toThrow(
    'input has shape [3, 64, 64], expected images [N, H, W, C]',
  );
  const variant = 'small' as 'large';
  expect(() => new FerMobileNetV3({ variant })).toThrow(
    "FerMobileNetV3: variant: got 'small', expected one of 'paper', 'large', 'reduced'",
  );
  expect(() => new FerMobileNetV3({ dropout: 1 })).toThrow('dropout: got 1, expected a number from 0');
});
