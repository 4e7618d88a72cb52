import { checkValue, oneOf } from '../gpu/check-options.ts';
import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { Chain } from '../layers/chain.ts';
import { Composite, type Steps } from '../layers/composite.ts';
import { ConvNormActivation } from '../layers/conv-norm-activation.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { DepthwiseConv2d } from '../layers/depthwise-conv2d.ts';
import { Linear } from '../layers/linear.ts';
import { MaxPool2d } from '../layers/pooling.ts';
import { Sequential } from '../layers/sequential.ts';
import { Network, type NetworkOptions, type NormConstants } from './network.ts';

/** Blocks of stages 2, 3 and 4. The first block of each stage halves the resolution. */
const BLOCKS = [4, 8, 4] as const;
/** Output channels of the stem, of stages 2, 3 and 4, and of the last convolution. */
const CHANNELS = {
  shufflenet_v2_x0_5: [24, 48, 96, 192, 1024],
  shufflenet_v2_x1_0: [24, 116, 232, 464, 1024],
} as const;

/**
 * Two branches whose outputs are concatenated and shuffled. At stride 1 the first branch is the first half of the
 * channels, unchanged.
 */
class InvertedResidual extends Composite {
  readonly branch1?: Chain;
  readonly branch2: Chain;
  private readonly half: number;

  constructor(input: number, output: number, stride: number, norm: NormConstants) {
    super();
    const half = output / 2;
    this.half = half;
    const conv = (from: number) => new Conv2d(from, half, 1, { bias: false });
    const depthwise = (channels: number) =>
      new DepthwiseConv2d(channels, 3, { stride, padding: 1, bias: false });
    const plain = (channels: number) => new BatchNorm2d(channels, norm);
    const active = () => new BatchNorm2d(half, { ...norm, activation: 'relu' });
    if (stride > 1)
      this.branch1 = new Chain({ 0: depthwise(input), 1: plain(input), 2: conv(input), 3: active() });
    this.branch2 = new Chain({
      0: conv(stride > 1 ? input : half),
      1: active(),
      3: depthwise(half),
      4: plain(half),
      5: conv(half),
      6: active(),
    });
  }

  override get type(): string {
    return 'InvertedResidual';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const { branch1, branch2, half } = this;
    const first = branch1 ? on.call(branch1, x) : on.channels(x, 0, half);
    const second = on.call(branch2, branch1 ? x : on.channels(x, half, 2 * half));
    return on.shuffle(on.concat(first, second), 2, 2 * half);
  }
}

/**
 * ShuffleNetV2 (Ma et al., "ShuffleNet V2: Practical guidelines for efficient CNN architecture design", ECCV 2018), as
 * torchvision's `shufflenet_v2_x0_5` and `shufflenet_v2_x1_0`.
 */
export class ShuffleNetV2 extends Network {
  readonly conv1: ConvNormActivation;
  readonly maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
  readonly stage2: Sequential;
  readonly stage3: Sequential;
  readonly stage4: Sequential;
  readonly conv5: ConvNormActivation;
  readonly fc: Linear;
  readonly embeddingWidth: number;

  constructor(model: keyof typeof CHANNELS, options: NetworkOptions = {}) {
    checkValue('ShuffleNetV2', 'model', model, (value) => oneOf(value, Object.keys(CHANNELS)));
    super('ShuffleNetV2', model, options);
    const [stem, second, third, fourth, last] = CHANNELS[model];
    const normed = { ...this.norm, activation: 'relu' } as const;
    const stage = (input: number, output: number, count: number) => {
      const block = (_: unknown, i: number) =>
        new InvertedResidual(i === 0 ? input : output, output, i === 0 ? 2 : 1, this.norm);
      return new Sequential(...Array.from({ length: count }, block));
    };
    this.conv1 = new ConvNormActivation(this.inputChannels, stem, 3, { stride: 2, ...normed });
    this.stage2 = stage(stem, second, BLOCKS[0]);
    this.stage3 = stage(second, third, BLOCKS[1]);
    this.stage4 = stage(third, fourth, BLOCKS[2]);
    this.conv5 = new ConvNormActivation(fourth, last, 1, normed);
    this.embeddingWidth = last;
    this.fc = new Linear(last, this.classNames.length);
  }

  override get type(): string {
    return 'ShuffleNetV2';
  }

  get parts() {
    return { head: ['fc'], lastBlocks: ['stage4', 'conv5'] };
  }

  embed<V>(on: Steps<V>, x: V): V {
    const { conv1, maxpool, stage2, stage3, stage4, conv5 } = this;
    const y = [conv1, maxpool, stage2, stage3, stage4, conv5].reduce(
      (value, module) => on.call(module, value),
      x,
    );
    return on.flatten(on.mean(y));
  }

  classify<V>(on: Steps<V>, embedding: V): V {
    return on.call(this.fc, embedding);
  }
}

/** Makes torchvision's `shufflenet_v2_x0_5`. */
export const shufflenet_v2_x0_5 = (options?: NetworkOptions): ShuffleNetV2 =>
  new ShuffleNetV2('shufflenet_v2_x0_5', options);
/** Makes torchvision's `shufflenet_v2_x1_0`. */
export const shufflenet_v2_x1_0 = (options?: NetworkOptions): ShuffleNetV2 =>
  new ShuffleNetV2('shufflenet_v2_x1_0', options);
