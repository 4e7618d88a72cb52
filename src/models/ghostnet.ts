import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { Chain } from '../layers/chain.ts';
import { Composite, type Steps } from '../layers/composite.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { DepthwiseConv2d } from '../layers/depthwise-conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { Linear } from '../layers/linear.ts';
import { makeDivisible } from '../layers/make-divisible.ts';
import { Sequential } from '../layers/sequential.ts';
import { lastScale, Network, type NetworkOptions, type NormConstants, paths } from './network.ts';

type Row = readonly [kernel: number, expanded: number, output: number, attention: number, stride: number];

/** Blocks of each stage: kernel, expanded and output channels, ratio of squeeze-excitation (0 for none), stride. */
const STAGES: readonly (readonly Row[])[] = [
  [[3, 16, 16, 0, 1]],
  [[3, 48, 24, 0, 2]],
  [[3, 72, 24, 0, 1]],
  [[5, 72, 40, 0.25, 2]],
  [[5, 120, 40, 0.25, 1]],
  [[3, 240, 80, 0, 2]],
  [
    [3, 200, 80, 0, 1],
    [3, 184, 80, 0, 1],
    [3, 184, 80, 0, 1],
    [3, 480, 112, 0.25, 1],
    [3, 672, 112, 0.25, 1],
  ],
  [[5, 672, 160, 0.25, 2]],
  [
    [5, 960, 160, 0, 1],
    [5, 960, 160, 0.25, 1],
    [5, 960, 160, 0, 1],
    [5, 960, 160, 0.25, 1],
  ],
];
const STEM = 16;
const LAST = 960;
const HIDDEN = 1280;

/**
 * Computes half of the channels with a 1 x 1 convolution, the other half with a depthwise convolution of the first
 * half.
 */
class GhostModule extends Composite {
  readonly primary_conv: Chain;
  readonly cheap_operation: Chain;
  private readonly output: number;
  private readonly isOdd: boolean;

  constructor(
    input: number,
    output: number,
    { isActive, isZero = false, ...constants }: NormConstants & { isActive: boolean; isZero?: boolean },
  ) {
    super();
    const half = Math.ceil(output / 2);
    const norm = {
      ...constants,
      activation: isActive ? 'relu' : 'none',
      weightInit: lastScale(isZero),
    } as const;
    this.output = output;
    this.isOdd = 2 * half > output;
    this.primary_conv = new Chain({
      0: new Conv2d(input, half, 1, { bias: false }),
      1: new BatchNorm2d(half, norm),
    });
    this.cheap_operation = new Chain({
      0: new DepthwiseConv2d(half, 3, { padding: 1, bias: false }),
      1: new BatchNorm2d(half, norm),
    });
  }

  override get type(): string {
    return 'GhostModule';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const first = on.call(this.primary_conv, x);
    const both = on.concat(first, on.call(this.cheap_operation, first));
    return this.isOdd ? on.channels(both, 0, this.output) : both;
  }
}

/** Squeeze-excitation under GhostNet's names. */
class SqueezeExcite extends Composite {
  readonly conv_reduce: Conv2d;
  readonly conv_expand: Conv2d;

  constructor(channels: number, ratio: number) {
    super();
    const squeeze = makeDivisible(ratio * channels, 4);
    this.conv_reduce = new Conv2d(channels, squeeze, 1);
    this.conv_expand = new Conv2d(squeeze, channels, 1);
  }

  override get type(): string {
    return 'SqueezeExcite';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const squeezed = on.relu(on.call(this.conv_reduce, on.mean(x)));
    return on.gate(x, on.call(this.conv_expand, squeezed), 'hardSigmoid');
  }
}

/** Two ghost modules with a depthwise convolution between them at stride 2, and a shortcut. */
class GhostBottleneck extends Composite {
  readonly ghost1: GhostModule;
  readonly conv_dw?: DepthwiseConv2d;
  readonly bn_dw?: BatchNorm2d;
  readonly se?: SqueezeExcite;
  readonly ghost2: GhostModule;
  readonly shortcut?: Chain;

  constructor(input: number, row: Row, norm: NormConstants, zeroInitResidual: boolean) {
    super();
    const [kernel, expanded, output, ratio, stride] = row;
    const changes = input !== output || stride > 1;
    const depthwise = (channels: number) =>
      new DepthwiseConv2d(channels, kernel, { stride, padding: kernel >> 1, bias: false });
    this.ghost1 = new GhostModule(input, expanded, { ...norm, isActive: true });
    if (stride > 1) {
      this.conv_dw = depthwise(expanded);
      this.bn_dw = new BatchNorm2d(expanded, norm);
    }
    if (ratio > 0) this.se = new SqueezeExcite(expanded, ratio);
    this.ghost2 = new GhostModule(expanded, output, {
      ...norm,
      isActive: false,
      isZero: zeroInitResidual && !changes,
    });
    if (changes) {
      this.shortcut = new Chain({
        0: depthwise(input),
        1: new BatchNorm2d(input, norm),
        2: new Conv2d(input, output, 1, { bias: false }),
        3: new BatchNorm2d(output, norm),
      });
    }
  }

  override get type(): string {
    return 'GhostBottleneck';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const { ghost1, conv_dw, bn_dw, se, ghost2, shortcut } = this;
    let y = on.call(ghost1, x);
    if (conv_dw && bn_dw) y = on.convNorm(conv_dw, bn_dw, y);
    if (se) y = on.call(se, y);
    return on.add(on.call(ghost2, y), shortcut ? on.call(shortcut, x) : x);
  }
}

/** A 1 x 1 convolution with batch norm and ReLU, under GhostNet's names. */
class ConvBnAct extends Composite {
  readonly conv: Conv2d;
  readonly bn1: BatchNorm2d;

  constructor(input: number, output: number, norm: NormConstants) {
    super();
    this.conv = new Conv2d(input, output, 1, { bias: false });
    this.bn1 = new BatchNorm2d(output, { ...norm, activation: 'relu' });
  }

  override get type(): string {
    return 'ConvBnAct';
  }

  compose<V>(on: Steps<V>, x: V): V {
    return on.convNorm(this.conv, this.bn1, x);
  }
}

/**
 * GhostNet (Han et al., "GhostNet: More features from cheap operations", CVPR 2020), width 1. torchvision has no such
 * network; the names are those of the authors' code and of timm's `ghostnet_100`.
 */
export class GhostNet extends Network {
  readonly conv_stem: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly blocks: Sequential;
  readonly conv_head: Conv2d;
  readonly drop: Dropout;
  readonly classifier: Linear;
  readonly embeddingWidth = HIDDEN;

  constructor(options: NetworkOptions = {}) {
    super('GhostNet', 'ghostnet', options, { dropout: 0.2 });
    const { norm, zeroInitResidual } = this;
    this.conv_stem = new Conv2d(this.inputChannels, STEM, 3, { stride: 2, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(STEM, { ...norm, activation: 'relu' });
    let input = STEM;
    const stages = STAGES.map((rows) => {
      const blocks = rows.map((row) => {
        const block = new GhostBottleneck(input, row, norm, zeroInitResidual);
        input = row[2];
        return block;
      });
      return new Sequential(...blocks);
    });
    this.blocks = new Sequential(...stages, new Sequential(new ConvBnAct(input, LAST, norm)));
    this.conv_head = new Conv2d(LAST, HIDDEN, 1);
    this.drop = new Dropout(this.dropout);
    this.classifier = new Linear(HIDDEN, this.classNames.length);
  }

  override get type(): string {
    return 'GhostNet';
  }

  get parts() {
    return { head: ['classifier'], lastBlocks: [...paths('blocks', 7, 10), 'conv_head'] };
  }

  embed<V>(on: Steps<V>, x: V): V {
    const features = on.call(this.blocks, on.convNorm(this.conv_stem, this.bn1, x));
    return on.flatten(on.relu(on.call(this.conv_head, on.mean(features))));
  }

  classify<V>(on: Steps<V>, embedding: V): V {
    return on.call(this.classifier, on.call(this.drop, embedding));
  }
}

/** Makes GhostNet, width 1. */
export const ghostnet = (options?: NetworkOptions): GhostNet => new GhostNet(options);
