import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { Chain } from '../layers/chain.ts';
import { Composite, type Steps } from '../layers/composite.ts';
import { ConvNormActivation, DepthwiseNormActivation } from '../layers/conv-norm-activation.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../layers/module.ts';
import { Sequential } from '../layers/sequential.ts';
import {
  FeatureNetwork,
  lastScale,
  type NetworkOptions,
  type NormConstants,
  paths,
  SMALL_NORMAL,
} from './network.ts';

/** Expansion, output channels, number of blocks, and stride of the first block. */
const ROWS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;
const STEM = 32;
const LAST = 1280;

/** Expansion, depthwise convolution and linear projection; the input is added if it has the shape of the output. */
class InvertedResidual extends Composite {
  readonly conv: Chain;
  private readonly hasResidual: boolean;

  constructor(
    input: number,
    output: number,
    {
      expansion,
      stride,
      norm,
      isZero,
    }: { expansion: number; stride: number; norm: NormConstants; isZero: boolean },
  ) {
    super();
    const width = expansion * input;
    const normed = { ...norm, activation: 'relu6' } as const;
    this.hasResidual = stride === 1 && input === output;
    const steps: Module[] = [
      ...(expansion === 1 ? [] : [new ConvNormActivation(input, width, 1, normed)]),
      new DepthwiseNormActivation(width, 3, { stride, ...normed }),
      new Conv2d(width, output, 1, { bias: false }),
      new BatchNorm2d(output, { ...norm, weightInit: lastScale(isZero && this.hasResidual) }),
    ];
    this.conv = new Chain({ ...steps });
  }

  override get type(): string {
    return 'InvertedResidual';
  }

  compose<V>(on: Steps<V>, x: V): V {
    return on.call(this.conv, x, this.hasResidual ? x : undefined);
  }
}

/**
 * MobileNetV2 (Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", CVPR 2018), width 1, as
 * torchvision's `mobilenet_v2`.
 */
export class MobileNetV2 extends FeatureNetwork {
  readonly features: Sequential;
  readonly classifier: Sequential;
  readonly embeddingWidth = LAST;

  constructor(options: NetworkOptions = {}) {
    super('MobileNetV2', 'mobilenet_v2', options, { dropout: 0.2 });
    const { norm, zeroInitResidual: isZero } = this;
    const normed = { ...norm, activation: 'relu6' } as const;
    const modules: Module[] = [new ConvNormActivation(this.inputChannels, STEM, 3, { stride: 2, ...normed })];
    let input: number = STEM;
    for (const [expansion, output, count, first] of ROWS) {
      for (let i = 0; i < count; i++) {
        modules.push(
          new InvertedResidual(input, output, { expansion, stride: i === 0 ? first : 1, norm, isZero }),
        );
        input = output;
      }
    }
    modules.push(new ConvNormActivation(input, LAST, 1, normed));
    this.features = new Sequential(...modules);
    this.classifier = new Sequential(
      new Dropout(this.dropout),
      new Linear(LAST, this.classNames.length, SMALL_NORMAL),
    );
  }

  override get type(): string {
    return 'MobileNetV2';
  }

  get parts() {
    return { head: ['classifier'], lastBlocks: paths('features', 14, 19) };
  }
}

/** Makes torchvision's `mobilenet_v2`. */
export const mobilenet_v2 = (options?: NetworkOptions): MobileNetV2 => new MobileNetV2(options);
