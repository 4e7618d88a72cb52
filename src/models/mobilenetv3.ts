import { checkValue, oneOf } from '../gpu/check-options.ts';
import { Hardswish } from '../layers/activations.ts';
import { ConvNormActivation } from '../layers/conv-norm-activation.ts';
import { Dropout } from '../layers/dropout.ts';
import { InvertedResidual } from '../layers/inverted-residual.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../layers/module.ts';
import { Sequential } from '../layers/sequential.ts';
import { FeatureNetwork, type NetworkOptions, paths, SMALL_NORMAL } from './network.ts';

type Row = readonly [
  kernel: number,
  expanded: number,
  output: number,
  stride: number,
  'relu' | 'hardSwish',
  'none' | 'se',
];

const SMALL: readonly Row[] = [
  [3, 16, 16, 2, 'relu', 'se'],
  [3, 72, 24, 2, 'relu', 'none'],
  [3, 88, 24, 1, 'relu', 'none'],
  [5, 96, 40, 2, 'hardSwish', 'se'],
  [5, 240, 40, 1, 'hardSwish', 'se'],
  [5, 240, 40, 1, 'hardSwish', 'se'],
  [5, 120, 48, 1, 'hardSwish', 'se'],
  [5, 144, 48, 1, 'hardSwish', 'se'],
  [5, 288, 96, 2, 'hardSwish', 'se'],
  [5, 576, 96, 1, 'hardSwish', 'se'],
  [5, 576, 96, 1, 'hardSwish', 'se'],
];
const LARGE: readonly Row[] = [
  [3, 16, 16, 1, 'relu', 'none'],
  [3, 64, 24, 2, 'relu', 'none'],
  [3, 72, 24, 1, 'relu', 'none'],
  [5, 72, 40, 2, 'relu', 'se'],
  [5, 120, 40, 1, 'relu', 'se'],
  [5, 120, 40, 1, 'relu', 'se'],
  [3, 240, 80, 2, 'hardSwish', 'none'],
  [3, 200, 80, 1, 'hardSwish', 'none'],
  [3, 184, 80, 1, 'hardSwish', 'none'],
  [3, 184, 80, 1, 'hardSwish', 'none'],
  [3, 480, 112, 1, 'hardSwish', 'se'],
  [3, 672, 112, 1, 'hardSwish', 'se'],
  [5, 672, 160, 2, 'hardSwish', 'se'],
  [5, 960, 160, 1, 'hardSwish', 'se'],
  [5, 960, 160, 1, 'hardSwish', 'se'],
];
const STEM = 16;

/** The blocks, the width of the vector between the two linear layers, and the first block at the lowest resolution. */
const CONFIGS = {
  mobilenet_v3_small: { rows: SMALL, hidden: 1024, lastFrom: 9 },
  mobilenet_v3_large: { rows: LARGE, hidden: 1280, lastFrom: 13 },
} as const;

/**
 * MobileNetV3 (Howard et al., "Searching for MobileNetV3", ICCV 2019), like torchvision's `mobilenet_v3_small` and
 * `mobilenet_v3_large`.
 */
export class MobileNetV3 extends FeatureNetwork {
  readonly features: Sequential;
  readonly classifier: Sequential;
  readonly embeddingWidth: number;

  constructor(model: keyof typeof CONFIGS, options: NetworkOptions = {}) {
    checkValue('MobileNetV3', 'model', model, (value) => oneOf(value, Object.keys(CONFIGS)));
    super('MobileNetV3', model, options, { dropout: 0.2, norm: { eps: 1e-3, momentum: 0.01 } });
    const { rows, hidden } = CONFIGS[model];
    const { norm, zeroInitResidual } = this;
    const normed = { ...norm, activation: 'hardSwish' } as const;
    const modules: Module[] = [new ConvNormActivation(this.inputChannels, STEM, 3, { stride: 2, ...normed })];
    let input = STEM;
    for (const [kernelSize, expanded, output, stride, activation, attention] of rows) {
      const sizes = { input, expanded, output, kernelSize, stride };
      modules.push(new InvertedResidual({ ...sizes, activation, attention, ...norm, zeroInitResidual }));
      input = output;
    }
    const last = 6 * input;
    modules.push(new ConvNormActivation(input, last, 1, normed));
    this.features = new Sequential(...modules);
    this.embeddingWidth = last;
    this.classifier = new Sequential(
      new Linear(last, hidden, SMALL_NORMAL),
      new Hardswish(),
      new Dropout(this.dropout),
      new Linear(hidden, this.classNames.length, SMALL_NORMAL),
    );
  }

  override get type(): string {
    return 'MobileNetV3';
  }

  get parts() {
    const { rows, lastFrom } = CONFIGS[this.model as keyof typeof CONFIGS];
    return { head: ['classifier'], lastBlocks: paths('features', lastFrom, rows.length + 2) };
  }
}

/** Makes torchvision's `mobilenet_v3_small`. */
export const mobilenet_v3_small = (options?: NetworkOptions): MobileNetV3 =>
  new MobileNetV3('mobilenet_v3_small', options);
/** Makes torchvision's `mobilenet_v3_large`. */
export const mobilenet_v3_large = (options?: NetworkOptions): MobileNetV3 =>
  new MobileNetV3('mobilenet_v3_large', options);
