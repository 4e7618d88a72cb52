import { ConvNormActivation, DepthwiseNormActivation } from '../layers/conv-norm-activation.ts';
import { Dropout } from '../layers/dropout.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../layers/module.ts';
import { Sequential } from '../layers/sequential.ts';
import { FeatureNetwork, type NetworkOptions, paths, SMALL_NORMAL } from './network.ts';

/** Output channels and stride of each block. */
const ROWS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;
const STEM = 32;

/**
 * MobileNetV1 (Howard et al., "MobileNets: Efficient convolutional neural networks for mobile vision applications", 2017,
 * arXiv:1704.04861), width 1. torchvision has no such network; the names follow its MobileNetV2.
 */
export class MobileNetV1 extends FeatureNetwork {
  readonly features: Sequential;
  readonly classifier: Sequential;
  readonly embeddingWidth: number;

  constructor(options: NetworkOptions = {}) {
    super('MobileNetV1', 'mobilenet_v1', options, { dropout: 0.2 });
    const norm = { ...this.norm, activation: 'relu' } as const;
    const modules: Module[] = [new ConvNormActivation(this.inputChannels, STEM, 3, { stride: 2, ...norm })];
    let input: number = STEM;
    for (const [output, stride] of ROWS) {
      modules.push(
        new Sequential(
          new DepthwiseNormActivation(input, 3, { stride, ...norm }),
          new ConvNormActivation(input, output, 1, norm),
        ),
      );
      input = output;
    }
    this.features = new Sequential(...modules);
    this.embeddingWidth = input;
    this.classifier = new Sequential(
      new Dropout(this.dropout),
      new Linear(input, this.classNames.length, SMALL_NORMAL),
    );
  }

  override get type(): string {
    return 'MobileNetV1';
  }

  get parts() {
    return { head: ['classifier'], lastBlocks: paths('features', 12, 14) };
  }
}

/** Makes MobileNetV1, width 1. */
export const mobilenet_v1 = (options?: NetworkOptions): MobileNetV1 => new MobileNetV1(options);
