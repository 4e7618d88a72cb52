import { describe, expect, it } from 'vitest';
import { from, map, type NdArray, random, randomNormal } from './array.ts';
import { expectClose } from './expect-close.ts';
import { expectGradientsClose } from './expect-gradients-close.ts';
import { lossOfFerMobileNetV3, type RunOptions, runFerMobileNetV3 } from './fer-mobilenetv3.ts';
import {
  type Attention,
  ferMobileNetV3,
  mobileNetV3Large,
  type NetworkConfig,
  parameterCount,
  parameterSpecs,
  randomState,
  withAttention,
} from './fer-mobilenetv3-config.ts';
import { moduleCosts, totalMacs } from './fer-mobilenetv3-costs.ts';
import { attend, NetworkState } from './fer-mobilenetv3-layers.ts';
import { directionalDerivative } from './numeric-gradient.ts';
import { Value } from './tape.ts';

/** Module, input side, output side, parameters, multiply-accumulates at 224 with 8 classes. */
const published: [string, number, number, number, number][] = [
  ['features.0', 224, 112, 464, 5_419_008],
  ['features.1', 112, 112, 464, 5_017_600],
  ['features.2', 112, 56, 3_440, 19_468_288],
  ['features.3', 56, 56, 4_440, 12_870_144],
  ['features.4', 56, 28, 10_328, 9_091_584],
  ['features.5', 28, 28, 20_992, 9_886_080],
  ['features.6', 28, 28, 20_992, 9_886_080],
  ['features.7', 28, 14, 32_080, 11_712_960],
  ['features.8', 14, 14, 34_760, 6_624_800],
  ['features.9', 14, 14, 36_800, 6_218_464],
  ['features.10', 14, 14, 36_800, 6_218_464],
  ['features.11', 14, 14, 121_229, 19_313_280],
  ['features.12', 14, 14, 203_231, 31_479_168],
  ['features.13', 14, 7, 192_415, 18_604_320],
  ['features.14', 7, 7, 113_485, 4_552_800],
  ['features.15', 7, 7, 113_485, 4_552_800],
  ['features.16', 7, 7, 39_360, 1_881_600],
  ['classifier_1.0', 7, 1, 307_840, 307_200],
  ['classifier_2.2', 1, 1, 5_128, 5_120],
];

describe('the size of the network', () => {
  it.each(published)('%s', (name, inputSide, outputSide, parameters, macs) => {
    const cost = moduleCosts(ferMobileNetV3(8), 224).find((module) => module.name === name);
    expect(cost).toEqual({ name, inputSide, outputSide, parameters, macs });
  });

  it('adds up', () => {
    expect(parameterCount(ferMobileNetV3(8))).toBe(1_297_733);
    expect(parameterCount(ferMobileNetV3(7))).toBe(1_297_092);
    const sides = [224, 112, 96, 64, 48];
    const macs = sides.map((side) => totalMacs(ferMobileNetV3(8), side));
    expect(macs).toEqual([183_109_760, 47_717_192, 34_451_072, 15_708_800, 9_659_528]);
    expect(parameterCount(mobileNetV3Large(1000))).toBe(5_483_032);
  });

  it('knows the parameters of every attention module', () => {
    const count = (module: string): number => parameterCount(ferMobileNetV3(8), `${module}.`);
    const modules = ['4.block.2', '5.block.2', '9.block.2', '11.block.2', '12.block.2'];
    expect(modules.map((module) => count(`features.${module}`))).toEqual([
      3_552, 7_832, 4_808, 22_605, 43_743,
    ]);
    expect(
      parameterSpecs(ferMobileNetV3(8)).filter(({ name }) => name.startsWith('features.9.block.2')),
    ).toEqual([
      { name: 'features.9.block.2.conv1.weight', shape: [1, 1, 184, 8], kind: 'parameter' },
      { name: 'features.9.block.2.conv1.bias', shape: [8], kind: 'parameter' },
      { name: 'features.9.block.2.bn1.weight', shape: [8], kind: 'parameter' },
      { name: 'features.9.block.2.bn1.bias', shape: [8], kind: 'parameter' },
      { name: 'features.9.block.2.conv_h.weight', shape: [1, 1, 8, 184], kind: 'parameter' },
      { name: 'features.9.block.2.conv_h.bias', shape: [184], kind: 'parameter' },
      { name: 'features.9.block.2.conv_w.weight', shape: [1, 1, 8, 184], kind: 'parameter' },
      { name: 'features.9.block.2.conv_w.bias', shape: [184], kind: 'parameter' },
    ]);
  });
});

/** Every kind of block and attention at a size where each tensor's gradient can be checked. */
const small: NetworkConfig = {
  ...ferMobileNetV3(4),
  stem: 4,
  blocks: [
    { inputs: 4, expanded: 4, outputs: 4, kernel: 3, stride: 1, activation: 'relu', attention: 'none' },
    { inputs: 4, expanded: 9, outputs: 6, kernel: 3, stride: 1, activation: 'hardSwish', attention: 'se' },
    { inputs: 6, expanded: 9, outputs: 6, kernel: 5, stride: 1, activation: 'hardSwish', attention: 'ca' },
    { inputs: 6, expanded: 9, outputs: 6, kernel: 3, stride: 1, activation: 'hardSwish', attention: 'maxca' },
    { inputs: 6, expanded: 9, outputs: 5, kernel: 5, stride: 2, activation: 'hardSwish', attention: 'cpsca' },
  ],
  tail: 8,
  hidden: 7,
};

const center = {
  kind: 'learned',
  lambda: 0.4,
  labels: [1, 3, 1],
  centers: random([4, 7], 4),
  over: 'embedding',
} as const;

function smallRun(options: Partial<RunOptions> = {}): RunOptions {
  const images = randomNormal([3, 8, 10, 3], 2);
  return { config: small, state: randomState(small, 1), images, target: [1, 3, 1], center, ...options };
}

describe('the gradient of a small network', () => {
  it.each(['train', 'eval'] as const)('agrees with central differences, %s', (mode) => {
    const options = smallRun({ mode });
    const result = runFerMobileNetV3(options);
    expect([...result.gradients.keys()].sort()).toEqual(
      parameterSpecs(small)
        .map(({ name }) => name)
        .sort(),
    );
    for (const [name, gradient] of [...result.gradients, ['images', result.imageGradient] as const]) {
      checkDirection(options, name, gradient);
    }
  });

  it('agrees with the released center loss over the logits, soft targets and class weights', () => {
    const target = map(random([3, 4], 8, 0, 1), (value) => value / 2);
    const options = smallRun({
      target,
      crossEntropy: { labelSmoothing: 0.1, classWeights: [1, 2, 3, 0.5] },
      center: { ...center, kind: 'released', over: 'logits', centers: random([4, 4], 4) },
    });
    const result = runFerMobileNetV3(options);
    expect(result.loss).toBeCloseTo(result.crossEntropy + result.centerLoss, 12);
    for (const [name, gradient] of result.gradients) checkDirection(options, name, gradient);
  });
});

function checkDirection(options: RunOptions, name: string, gradient: NdArray): void {
  const direction = random(gradient.shape, 17);
  const lossAt = (entry: NdArray): number =>
    name === 'images'
      ? lossOfFerMobileNetV3({ ...options, images: entry })
      : lossOfFerMobileNetV3({ ...options, state: new Map(options.state).set(name, entry) });
  const entry = name === 'images' ? options.images : options.state.get(name)!;
  const numeric = directionalDerivative(lossAt, entry, direction, 1e-6);
  const analytic = gradient.data.reduce((sum, value, i) => sum + value * direction.data[i]!, 0);
  expectClose([analytic], [numeric], { rtol: 1e-5, atol: 1e-7, label: name });
}

describe('the whole network', () => {
  const mixed: Attention[] = ['none', 'se', 'ca', 'maxca', 'cpsca'];
  const variants: [string, NetworkConfig][] = [
    ['the paper', ferMobileNetV3(8)],
    ['MobileNetV3-Large', mobileNetV3Large(8)],
    ['a mixture of attentions', withAttention(ferMobileNetV3(7), (i) => mixed[i % 5]!)],
  ];

  it.each(variants)(
    '%s at 32 x 32, batch 3: its gradient along a direction through all parameters',
    (_, config) => {
      const state = randomState(config, 1);
      const options: RunOptions = {
        config,
        state,
        images: randomNormal([3, 32, 32, 3], 2),
        target: [1, 5, 1],
      };
      const result = runFerMobileNetV3(options);
      expect(result.logits.shape).toEqual([3, config.classes]);
      const analytic = [...result.gradients].reduce((total, [name, gradient]) => {
        const entry = state.get(name)!.data;
        return gradient.data.reduce((sum, value, i) => sum + value * wobble(i) * entry[i]!, total);
      }, 0);
      const lossAt = (step: number): number => {
        const move = (entry: NdArray): NdArray => map(entry, (value, i) => value * (1 + step * wobble(i)));
        const moved = [...result.gradients.keys()].map((name) => [name, move(state.get(name)!)] as const);
        return lossOfFerMobileNetV3({ ...options, state: new Map([...state, ...moved]) });
      };
      // Batch norm over three 1 x 1 maps curves so sharply that greater steps miss the tangent.
      const step = 1e-8;
      expectClose([analytic], [(lossAt(step) - lossAt(-step)) / (2 * step)], { rtol: 1e-4, atol: 1e-5 });
    },
  );
});

describe('expectGradientsClose', () => {
  const expected = new Map([
    ['weight', from([2], [3, 4])],
    ['zero by mathematics', from([1], [1e-17])],
  ]);

  it('lets noise in a zero gradient pass and names the worst tensor', () => {
    const noise = ['zero by mathematics', [1e-7]] as [string, number[]];
    const shares = expectGradientsClose(new Map([['weight', [3, 4.004]], noise]), expected);
    expect(shares[0]?.name).toBe('weight');
    expect(() => expectGradientsClose(new Map([['weight', [3, 4.1]], noise]), expected)).toThrow(
      'Worst: weight:',
    );
    expect(() => expectGradientsClose(new Map([noise]), expected)).toThrow('missing [weight]');
  });
});

function wobble(i: number): number {
  return Math.cos(i * 1.7);
}

describe('complementary pooling', () => {
  it('is one convolution of summed pools with twice the bias', () => {
    // Equal rows and columns make average = maximum, so the literal sum is 2 (W pooled + b): CA with 2 W and 2 b.
    const row = random([3], 1);
    const x = map(from([1, 4, 4, 3], new Float64Array(48)), (_, i) => row.data[i % 3]!);
    const entries = new Map(
      [
        ['a.conv1.weight', random([1, 1, 3, 8], 2)],
        ['a.conv1.bias', random([8], 3)],
        ['a.bn1.weight', random([8], 4)],
        ['a.bn1.bias', random([8], 5)],
        ['a.bn1.running_mean', random([8], 6)],
        ['a.bn1.running_var', random([8], 7, 0.5, 1)],
        ['a.conv_h.weight', random([1, 1, 8, 3], 8)],
        ['a.conv_h.bias', random([3], 9)],
        ['a.conv_w.weight', random([1, 1, 8, 3], 10)],
        ['a.conv_w.bias', random([3], 11)],
      ].map(([name, entry]) => [name as string, entry as NdArray]),
    );
    const literal = attend(new NetworkState(entries, 'eval'), new Value(x), 'a', 'cpsca');
    const doubled = new Map(entries);
    for (const name of ['weight', 'bias']) {
      doubled.set(
        `a.conv1.${name}`,
        map(entries.get(`a.conv1.${name}`)!, (value) => 2 * value),
      );
      doubled.set(`a.conv2.${name}`, entries.get(`a.conv_h.${name}`)!);
      doubled.set(`a.conv3.${name}`, entries.get(`a.conv_w.${name}`)!);
    }
    const merged = attend(new NetworkState(doubled, 'eval'), new Value(x), 'a', 'ca');
    expectClose(literal.data, merged, { rtol: 1e-12, atol: 1e-12 });
  });
});
