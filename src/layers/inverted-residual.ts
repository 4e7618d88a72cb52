import {
  boolean,
  checkOptions,
  finite,
  integer,
  type OptionRules,
  oneOf,
  positive,
  type Rule,
} from '../gpu/check-options.ts';
import { ACTIVATIONS, type Activation } from '../tensor/ops/batch-norm.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ConvNormActivation, DepthwiseNormActivation } from './conv-norm-activation.ts';
import { CoordinateAttention } from './coordinate-attention.ts';
import type { CostSheet } from './cost-sheet.ts';
import { ONES, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { Sequential } from './sequential.ts';
import { SqueezeExcitation } from './squeeze-excitation.ts';

const ATTENTIONS = ['none', 'se', 'ca', 'maxca', 'cpsca'] as const;
/** none; squeeze-excitation; coordinate attention by average, by maximum, by complementary pooling */
export type Attention = (typeof ATTENTIONS)[number];

/** Options of `InvertedResidual`; `input`, `expanded` and `output` are numbers of channels. */
export interface InvertedResidualOptions {
  input: number;
  expanded: number;
  output: number;
  kernelSize: number;
  stride?: number;
  activation?: Activation;
  attention?: Attention;
  eps?: number;
  momentum?: number;
  /**
   * Starts a block that adds its input as the identity: the last norm's scale is 0 (Goyal et al., "Accurate,
   * Large Minibatch SGD", 2017, section 5.1; torchvision's zero_init_residual). A deep network then learns from
   * its first steps.
   */
  zeroInitResidual?: boolean;
}

const count: Rule = (v) => integer(v, 1);
const OPTIONS: OptionRules<InvertedResidualOptions> = {
  input: count,
  expanded: count,
  output: count,
  kernelSize: count,
  stride: count,
  activation: (v) => oneOf(v, ACTIVATIONS),
  attention: (v) => oneOf(v, ATTENTIONS),
  eps: positive,
  momentum: (v) => finite(v, 0, 1),
  zeroInitResidual: boolean,
};

/**
 * MobileNetV3's block (Howard et al., ICCV 2019): expand by 1 x 1 (left out where the width stays),
 * filter each channel, attend, project by 1 x 1; the input is added where shape and width agree.
 */
export class InvertedResidual extends Module {
  readonly block: Sequential;
  readonly hasResidual: boolean;

  constructor(options: InvertedResidualOptions) {
    super();
    checkOptions('InvertedResidual', options, OPTIONS, ['input', 'expanded', 'output', 'kernelSize']);
    const {
      input,
      expanded,
      output,
      kernelSize,
      stride = 1,
      activation = 'hardSwish',
      attention = 'none',
    } = options;
    const { eps, momentum, zeroInitResidual = false } = options;
    this.hasResidual = stride === 1 && input === output;
    const steps: Module[] = [];
    if (expanded !== input)
      steps.push(new ConvNormActivation(input, expanded, 1, { activation, eps, momentum }));
    steps.push(new DepthwiseNormActivation(expanded, kernelSize, { stride, activation, eps, momentum }));
    const attend = attentionLayer(attention, expanded);
    if (attend) steps.push(attend);
    const weightInit = zeroInitResidual && this.hasResidual ? ZEROS : ONES;
    steps.push(new ConvNormActivation(expanded, output, 1, { eps, momentum, weightInit }));
    this.block = new Sequential(...steps);
  }

  override get type(): string {
    return 'InvertedResidual';
  }

  forward(x: Tensor): Tensor {
    const { modules } = this.block;
    const before = modules.slice(0, -1).reduce((value, module) => module.call(value), x);
    const project = modules.at(-1) as ConvNormActivation;
    return this.hasResidual ? project.call(before, x) : project.call(before);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const output = this.block.outputShape(input, costs);
    return this.hasResidual ? (costs?.add(this, output) ?? output) : output;
  }
}

function attentionLayer(attention: Attention, channels: number): Module | null {
  switch (attention) {
    case 'none':
      return null;
    case 'se':
      return new SqueezeExcitation(channels);
    case 'ca':
      return new CoordinateAttention(channels, { pooling: 'avg' });
    case 'maxca':
      return new CoordinateAttention(channels, { pooling: 'max' });
    case 'cpsca':
      return new CoordinateAttention(channels, { pooling: 'complementary' });
  }
}
