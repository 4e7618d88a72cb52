import { map, type NdArray, random, randomNormal, sizeOf } from './array.ts';

export type Attention = 'none' | 'se' | 'ca' | 'maxca' | 'cpsca';

export interface BlockConfig {
  inputs: number;
  expanded: number;
  outputs: number;
  kernel: number;
  stride: number;
  activation: 'relu' | 'hardSwish';
  attention: Attention;
}

export interface NetworkConfig {
  /** Channels of the first convolution, features.0. */
  stem: number;
  blocks: readonly BlockConfig[];
  /** Channels of the last convolution, the features module after the blocks. */
  tail: number;
  /** Width between the two linear layers. */
  hidden: number;
  classes: number;
  /** State-dict names of the two linear layers. */
  hiddenName: string;
  outputName: string;
}

type Row = [number, number, number, number, number, BlockConfig['activation'], Attention];

function blocks(rows: readonly Row[]): BlockConfig[] {
  return rows.map(([inputs, expanded, outputs, kernel, stride, activation, attention]) => {
    return { inputs, expanded, outputs, kernel, stride, activation, attention };
  });
}

/** The paper's network (Liang et al., IET Image Processing 2023, doi 10.1049/ipr2.12798). */
export function ferMobileNetV3(classes: number): NetworkConfig {
  return {
    stem: 16,
    blocks: blocks([
      [16, 16, 16, 3, 1, 'hardSwish', 'none'],
      [16, 64, 24, 3, 2, 'hardSwish', 'none'],
      [24, 72, 24, 3, 1, 'hardSwish', 'none'],
      [24, 72, 40, 5, 2, 'hardSwish', 'se'],
      [40, 120, 40, 5, 1, 'hardSwish', 'se'],
      [40, 120, 40, 5, 1, 'hardSwish', 'se'],
      [40, 240, 80, 3, 2, 'hardSwish', 'none'],
      [80, 200, 80, 3, 1, 'hardSwish', 'none'],
      [80, 184, 80, 3, 1, 'hardSwish', 'cpsca'],
      [80, 184, 80, 3, 1, 'hardSwish', 'cpsca'],
      [80, 480, 112, 3, 1, 'hardSwish', 'ca'],
      [112, 672, 112, 3, 1, 'hardSwish', 'ca'],
      [112, 672, 80, 5, 2, 'hardSwish', 'ca'],
      [80, 480, 80, 5, 1, 'hardSwish', 'ca'],
      [80, 480, 80, 5, 1, 'hardSwish', 'ca'],
    ]),
    tail: 480,
    hidden: 640,
    classes,
    hiddenName: 'classifier_1.0',
    outputName: 'classifier_2.2',
  };
}

/** torchvision's mobilenet_v3_large (Howard et al., ICCV 2019, table 1). */
export function mobileNetV3Large(classes: number): NetworkConfig {
  return {
    stem: 16,
    blocks: blocks([
      [16, 16, 16, 3, 1, 'relu', 'none'],
      [16, 64, 24, 3, 2, 'relu', 'none'],
      [24, 72, 24, 3, 1, 'relu', 'none'],
      [24, 72, 40, 5, 2, 'relu', 'se'],
      [40, 120, 40, 5, 1, 'relu', 'se'],
      [40, 120, 40, 5, 1, 'relu', 'se'],
      [40, 240, 80, 3, 2, 'hardSwish', 'none'],
      [80, 200, 80, 3, 1, 'hardSwish', 'none'],
      [80, 184, 80, 3, 1, 'hardSwish', 'none'],
      [80, 184, 80, 3, 1, 'hardSwish', 'none'],
      [80, 480, 112, 3, 1, 'hardSwish', 'se'],
      [112, 672, 112, 3, 1, 'hardSwish', 'se'],
      [112, 672, 160, 5, 2, 'hardSwish', 'se'],
      [160, 960, 160, 5, 1, 'hardSwish', 'se'],
      [160, 960, 160, 5, 1, 'hardSwish', 'se'],
    ]),
    tail: 960,
    hidden: 1280,
    classes,
    hiddenName: 'classifier.0',
    outputName: 'classifier.3',
  };
}

/** The same network with another attention in each block; `choose` gets the number i of `features.i`. */
export function withAttention(
  config: NetworkConfig,
  choose: (index: number, block: BlockConfig) => Attention,
): NetworkConfig {
  return {
    ...config,
    blocks: config.blocks.map((block, i) => ({ ...block, attention: choose(i + 1, block) })),
  };
}

/** SE's inner width: expanded / 4 rounded to a multiple of 8, never below 90 % of it. */
export function squeezeWidth(expanded: number): number {
  const wanted = Math.floor(expanded / 4);
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}

/** Inner width of the coordinate attentions. */
export function coordinateWidth(expanded: number): number {
  return Math.max(8, Math.floor(expanded / 32));
}

export interface StateSpec {
  name: string;
  shape: number[];
  /** Buffers are the running statistics: in the state dict, but not trained. */
  kind: 'parameter' | 'buffer';
}

/** All entries of the state dict in PyTorch's order (less num_batches_tracked), in channels-last layouts. */
export function stateSpecs(config: NetworkConfig): StateSpec[] {
  const last = `features.${config.blocks.length + 1}`;
  const lastInputs = config.blocks[config.blocks.length - 1]!.outputs;
  return [
    ...convolutionUnit('features.0', [3, 3, 3, config.stem]),
    ...config.blocks.flatMap((block, i) => blockSpecs(`features.${i + 1}.block`, block)),
    ...convolutionUnit(last, [1, 1, lastInputs, config.tail]),
    ...withBias(config.hiddenName, [config.tail, config.hidden]),
    ...withBias(config.outputName, [config.hidden, config.classes]),
  ];
}

export function parameterSpecs(config: NetworkConfig): StateSpec[] {
  return stateSpecs(config).filter((spec) => spec.kind === 'parameter');
}

export function parameterCount(config: NetworkConfig, prefix = ''): number {
  const specs = parameterSpecs(config).filter(({ name }) => `${name}.`.startsWith(prefix));
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/**
 * Random values for every entry, rounded to float32. Nothing is left at a value that would hide an error:
 * scales are not 1, offsets, biases and running means not 0, running variances not 1.
 */
export function randomState(config: NetworkConfig, seed: number): Map<string, NdArray> {
  return new Map(stateSpecs(config).map((spec, i) => [spec.name, randomEntry(spec, seed * 1000 + i)]));
}

/** Random values for one entry, see `randomState`. */
export function randomEntry({ name, shape }: Pick<StateSpec, 'name' | 'shape'>, seed: number): NdArray {
  if (name.endsWith('running_var')) return random(shape, seed, 0.5, 1.5);
  if (shape.length === 1 && name.endsWith('weight')) return random(shape, seed, 0.5, 1.5);
  if (shape.length === 1) return random(shape, seed, -0.2, 0.2);
  const fanIn = sizeOf(shape.slice(0, shape.length === 3 ? 2 : -1));
  return map(randomNormal(shape, seed, Math.sqrt(2 / fanIn)), Math.fround);
}

function blockSpecs(
  prefix: string,
  { inputs, expanded, outputs, kernel, attention }: BlockConfig,
): StateSpec[] {
  const expansion = expanded === inputs ? [] : convolutionUnit(`${prefix}.0`, [1, 1, inputs, expanded]);
  const first = expanded === inputs ? 0 : 1;
  return [
    ...expansion,
    ...convolutionUnit(`${prefix}.${first}`, [kernel, kernel, expanded]),
    ...attentionSpecs(`${prefix}.${first + 1}`, attention, expanded),
    ...convolutionUnit(`${prefix}.${first + (attention === 'none' ? 1 : 2)}`, [1, 1, expanded, outputs]),
  ];
}

function attentionSpecs(prefix: string, attention: Attention, channels: number): StateSpec[] {
  if (attention === 'none') return [];
  if (attention === 'se') {
    const squeezed = squeezeWidth(channels);
    return [
      ...withBias(`${prefix}.fc1`, [1, 1, channels, squeezed]),
      ...withBias(`${prefix}.fc2`, [1, 1, squeezed, channels]),
    ];
  }
  const middle = coordinateWidth(channels);
  const [heightName, widthName] = coordinateNames(attention);
  return [
    ...withBias(`${prefix}.conv1`, [1, 1, channels, middle]),
    ...norm(`${prefix}.bn1`, middle),
    ...withBias(`${prefix}.${heightName}`, [1, 1, middle, channels]),
    ...withBias(`${prefix}.${widthName}`, [1, 1, middle, channels]),
  ];
}

/** Names of the convolutions back to all channels: for the rows (height), for the columns (width). */
export function coordinateNames(attention: Attention): [string, string] {
  return attention === 'cpsca' ? ['conv_h', 'conv_w'] : ['conv2', 'conv3'];
}

function convolutionUnit(prefix: string, shape: number[]): StateSpec[] {
  const convolution: StateSpec = { name: `${prefix}.0.weight`, shape, kind: 'parameter' };
  return [convolution, ...norm(`${prefix}.1`, shape[shape.length - 1]!)];
}

function norm(prefix: string, channels: number): StateSpec[] {
  return [
    { name: `${prefix}.weight`, shape: [channels], kind: 'parameter' },
    { name: `${prefix}.bias`, shape: [channels], kind: 'parameter' },
    { name: `${prefix}.running_mean`, shape: [channels], kind: 'buffer' },
    { name: `${prefix}.running_var`, shape: [channels], kind: 'buffer' },
  ];
}

function withBias(prefix: string, shape: number[]): StateSpec[] {
  return [
    { name: `${prefix}.weight`, shape, kind: 'parameter' },
    { name: `${prefix}.bias`, shape: [shape[shape.length - 1]!], kind: 'parameter' },
  ];
}
