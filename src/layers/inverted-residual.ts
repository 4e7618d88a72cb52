import type { Activation } from '../tensor/ops/batch-norm.ts';
import { add } from '../tensor/ops/binary.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ConvNormActivation, DepthwiseNormActivation } from './conv-norm-activation.ts';
import { CoordinateAttention } from './coordinate-attention.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';
import { Sequential } from './sequential.ts';
import { SqueezeExcitation } from './squeeze-excitation.ts';

/** none; squeeze-excitation; coordinate attention by average, by maximum, by complementary pooling */
export type Attention = 'none' | 'se' | 'ca' | 'maxca' | 'cpsca';

export interface InvertedResidualOptions {
  input: number;
  expanded: number;
  output: number;
  kernel: number;
  stride?: number;
  activation?: Activation;
  attention?: Attention;
  eps?: number;
  momentum?: number;
}

/**
 * MobileNetV3's block (Howard et al., ICCV 2019): expand by 1 x 1 (left out where the width stays),
 * filter each channel, attend, project by 1 x 1; the input is added where shape and width agree.
 */
export class InvertedResidual extends Module {
  readonly block: Sequential;
  readonly hasResidual: boolean;

  constructor(options: InvertedResidualOptions) {
    super();
    const {
      input,
      expanded,
      output,
      kernel,
      stride = 1,
      activation = 'hardSwish',
      attention = 'none',
    } = options;
    const { eps, momentum } = options;
    const steps: Module[] = [];
    if (expanded !== input)
      steps.push(new ConvNormActivation(input, expanded, 1, { activation, eps, momentum }));
    steps.push(new DepthwiseNormActivation(expanded, kernel, { stride, activation, eps, momentum }));
    const attend = attentionLayer(attention, expanded);
    if (attend) steps.push(attend);
    steps.push(new ConvNormActivation(expanded, output, 1, { eps, momentum }));
    this.block = new Sequential(...steps);
    this.hasResidual = stride === 1 && input === output;
  }

  forward(x: Tensor): Tensor {
    const y = this.block.call(x);
    return this.hasResidual ? add(y, x) : y;
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
