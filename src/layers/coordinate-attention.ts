import { mul } from '../tensor/ops/binary.ts';
import { coordinateGate } from '../tensor/ops/coordinate-gate.ts';
import { coordinatePool } from '../tensor/ops/coordinate-pool.ts';
import { linear } from '../tensor/ops/matmul.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { slice } from '../tensor/ops/slice.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BatchNorm2d } from './batch-norm2d.ts';
import { Conv2d } from './conv2d.ts';
import type { CostSheet } from './cost-sheet.ts';
import { imageShape, Module } from './module.ts';

export type CoordinatePooling = 'avg' | 'max' | 'complementary';

export interface CoordinateAttentionOptions {
  /** 'avg' is CA, 'max' the MAXCA and 'complementary' the CPSCA of Liang et al. 2023 */
  pooling?: CoordinatePooling;
  /** the middle width is max(8, floor(channels / reduction)) */
  reduction?: number;
}

/**
 * Coordinate attention (Hou et al., CVPR 2021): strips pooled along each axis pass a shared 1 x 1
 * convolution, batch norm and hard-swish, then give a gate by row and a gate by column;
 * output = x * sigmoid(gate_h) * sigmoid(gate_w).
 *
 * Complementary pooling (Liang et al. 2023) is conv1([avg_w; max_h]) + conv1([max_w; avg_h]) with one
 * conv1. That convolution is linear and sees each position alone, so the sum equals
 * W [avg_w + max_w; avg_h + max_h] + 2 b: computed here as one convolution.
 */
export class CoordinateAttention extends Module {
  readonly pooling: CoordinatePooling;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  // the reference names the two gates conv2 and conv3 in CA, conv_h and conv_w in CPSCA
  readonly conv2?: Conv2d;
  readonly conv3?: Conv2d;
  readonly conv_h?: Conv2d;
  readonly conv_w?: Conv2d;

  constructor(channels: number, options: CoordinateAttentionOptions = {}) {
    super();
    const { pooling = 'avg', reduction = 32 } = options;
    const middle = Math.max(8, Math.floor(channels / reduction));
    this.pooling = pooling;
    this.conv1 = new Conv2d(channels, middle, 1);
    this.bn1 = new BatchNorm2d(middle, { activation: 'hardSwish' });
    const gates = () => new Conv2d(middle, channels, 1);
    if (pooling === 'complementary') {
      this.conv_h = gates();
      this.conv_w = gates();
    } else {
      this.conv2 = gates();
      this.conv3 = gates();
    }
  }

  private get gateByRow(): Conv2d {
    return (this.conv_h ?? this.conv2) as Conv2d;
  }

  private get gateByColumn(): Conv2d {
    return (this.conv_w ?? this.conv3) as Conv2d;
  }

  forward(x: Tensor): Tensor {
    const [n, h, w] = imageShape(this.path || 'CoordinateAttention', x.shape);
    const strips = coordinatePool(x, this.pooling); // [N, H + W, 1, C]
    const middle = this.bn1.call(
      this.pooling === 'complementary' ? this.sharedTwice(strips) : this.conv1.call(strips),
    );
    const m = middle.shape[3] as number;
    const rows = slice(middle, [0, 0, 0, 0], [n, h, 1, m]);
    const columns = slice(middle, [0, h, 0, 0], [n, h + w, 1, m]);
    const gateH = this.gateByRow.call(rows); // [N, H, 1, C]
    const gateW = this.gateByColumn.call(reshape(columns, [n, 1, w, m])); // [N, 1, W, C]
    return coordinateGate(x, gateH, gateW);
  }

  /** W s + 2 b: both convolutions of the literal form at once. */
  private sharedTwice(strips: Tensor): Tensor {
    const { weight, bias } = this.conv1;
    const [, , c, m] = weight.shape as [number, number, number, number];
    return linear(strips, reshape(weight.value, [c, m]), bias && mul(bias.value, 2));
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || 'CoordinateAttention', input, this.conv1.weight.shape[2]);
    const middle = this.bn1.outputShape(this.conv1.outputShape([n, h + w, 1, c], costs), costs);
    const m = middle[3] as number;
    this.gateByRow.outputShape([n, h, 1, m], costs);
    this.gateByColumn.outputShape([n, 1, w, m], costs);
    // the literal form's second run of conv1, which the merged form saves
    const second = this.pooling === 'complementary' ? n * (h + w) * c * m : 0;
    return costs?.add(this, input, second, second) ?? input;
  }
}
