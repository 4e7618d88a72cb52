import {
  boolean,
  checkOptions,
  finite,
  integer,
  type OptionRules,
  oneOf,
  type Rule,
} from '../gpu/check-options.ts';
import { applyGates } from '../tensor/ops/apply-gates.ts';
import { ACTIVATIONS, type Activation } from '../tensor/ops/batch-norm.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ConvNormActivation, DepthwiseNormActivation } from './conv-norm-activation.ts';
import { CoordinateAttention } from './coordinate-attention.ts';
import type { CostSheet } from './cost-sheet.ts';
import { ONES, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { isObserved } from './observe.ts';
import { Sequential } from './sequential.ts';
import { SqueezeExcitation } from './squeeze-excitation.ts';

const ATTENTIONS = ['none', 'se', 'ca', 'maxca', 'cpsca'] as const;
/** No attention; squeeze-excitation; coordinate attention with average, maximum or complementary pooling. */
export type Attention = (typeof ATTENTIONS)[number];

/** Options of `InvertedResidual`. */
export interface InvertedResidualOptions {
  /** number of input channels */
  input: number;
  /** number of channels between the expansion and the projection */
  expanded: number;
  /** number of output channels */
  output: number;
  /** height and width of the depthwise kernel, in pixels */
  kernelSize: number;
  /** step of the depthwise kernel (default 1) */
  stride?: number;
  /** (default 'hardSwish') */
  activation?: Activation;
  /** (default 'none') */
  attention?: Attention;
  /** added to the variance by batch norm (default 1e-5) */
  eps?: number;
  /** momentum of batch norm (default 0.1) */
  momentum?: number;
  /**
   * initializes a residual block as the identity, by setting the scale of its last norm to 0 (Goyal et al., "Accurate,
   * Large Minibatch SGD", 2017, section 5.1; torchvision's zero_init_residual), so that a deep network learns from its
   * first steps (default false)
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
  eps: (v) => finite(v, 0),
  momentum: (v) => finite(v, 0, 1),
  zeroInitResidual: boolean,
};

/**
 * Applies MobileNetV3's block (Howard et al., ICCV 2019): a 1 x 1 expansion (omitted if the width does not change), a
 * depthwise convolution, attention and a 1 x 1 projection. The input is added if it has the shape of the output.
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
    const residual = this.hasResidual ? x : undefined;
    const project = modules.at(-1) as ConvNormActivation;
    let y = x;
    for (const module of modules.slice(0, -1)) {
      // at inference the projection multiplies by the gates of the attention
      const gates = isAttention(module) && !isObserved() ? module.fusedGates(y) : null;
      const projected = gates && project.gated(y, gates, residual);
      if (projected) return projected;
      y = gates ? applyGates(y, gates) : module.call(y);
    }
    return residual ? project.call(y, residual) : project.call(y);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const output = this.block.outputShape(input, costs);
    return this.hasResidual ? (costs?.add(this, output) ?? output) : output;
  }
}

const isAttention = (module: Module): module is SqueezeExcitation | CoordinateAttention =>
  module instanceof SqueezeExcitation || module instanceof CoordinateAttention;

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
