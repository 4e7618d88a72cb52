import { checkCounts, checkOptions, type OptionRules, oneOf, positive } from '../gpu/check-options.ts';
import { applyGates } from '../tensor/ops/apply-gates.ts';
import { attentionGates } from '../tensor/ops/attention-gates.ts';
import { add } from '../tensor/ops/binary.ts';
import { conv2d } from '../tensor/ops/conv2d.ts';
import { coordinateGate } from '../tensor/ops/coordinate-gate.ts';
import {
  COORDINATE_POOLINGS,
  type CoordinatePooling,
  coordinatePool,
} from '../tensor/ops/coordinate-pool.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { slice } from '../tensor/ops/slice.ts';
import { sigmoid } from '../tensor/ops/unary.ts';
import { scope } from '../tensor/scope.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BatchNorm2d } from './batch-norm2d.ts';
import { Conv2d, weightsOf } from './conv2d.ts';
import type { CostSheet } from './cost-sheet.ts';
import { isTaped } from './frozen.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';

/** Options of `CoordinateAttention`. */
export interface CoordinateAttentionOptions {
  /** 'avg' is CA; 'max' is MAXCA and 'complementary' is CPSCA of Liang et al. 2023 (default 'avg') */
  pooling?: CoordinatePooling;
  /** divisor of the channels: the middle width is max(8, floor(channels / reduction)) (default 32) */
  reduction?: number;
}

const OPTIONS: OptionRules<CoordinateAttentionOptions> = {
  pooling: (v) => oneOf(v, COORDINATE_POOLINGS),
  reduction: positive,
};

/**
 * Applies coordinate attention (Hou et al., CVPR 2021): pools x along each axis, passes the pooled strips through a
 * shared 1 x 1 convolution, batch norm and hard-swish, and computes one gate per row and one per column from them;
 * output = x * sigmoid(gate_h) * sigmoid(gate_w).
 *
 * Complementary pooling (Liang et al. 2023) is conv1([avg_w; max_h]) + conv1([max_w; avg_h]) with a shared conv1. That
 * convolution is linear and treats each position separately, so the sum equals
 * W [avg_w + max_w; avg_h + max_h] + 2 b, which is computed as one convolution.
 */
export class CoordinateAttention extends Module {
  readonly pooling: CoordinatePooling;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  // in the reference code the convolutions of the gates are conv2 and conv3 for CA, conv_h and conv_w for CPSCA
  readonly conv2?: Conv2d;
  readonly conv3?: Conv2d;
  readonly conv_h?: Conv2d;
  readonly conv_w?: Conv2d;

  constructor(channels: number, options: CoordinateAttentionOptions = {}) {
    super();
    checkCounts('CoordinateAttention', { channels });
    checkOptions('CoordinateAttention', options, OPTIONS);
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

  override get type(): string {
    return 'CoordinateAttention';
  }

  forward(x: Tensor): Tensor {
    imageShape(this.path || 'CoordinateAttention', x.shape);
    const gates = this.fusedGates(x);
    if (gates) return applyGates(x, gates);
    const strips = coordinatePool(x, this.pooling); // [N, H + W, 1, C]
    return coordinateGate(x, this.squeeze(strips), weightsOf(this.gateByRow), weightsOf(this.gateByColumn));
  }

  /** Internal, for inference: the gates in one dispatch; null in training mode, and where that is not supported. */
  fusedGates(x: Tensor): Tensor | null {
    const { conv1, bn1, gateByRow, gateByColumn, pooling } = this;
    const epilogue = bn1.epilogue();
    if (!epilogue || isTaped(this, x)) return null;
    const layers = { pooling, norm: epilogue.norm, squeeze: weightsOf(conv1), excite: weightsOf(gateByRow) };
    const exciteColumns = weightsOf(gateByColumn);
    return this.labeled(x, () => attentionGates(x, { ...layers, exciteColumns }));
  }

  /**
   * Returns hardSwish(norm(conv1)), [N, H + W, 1, C] to [N, H + W, 1, M]; for complementary pooling conv1 computes W s
   * + 2 b.
   */
  private squeeze(strips: Tensor): Tensor {
    const { conv1, bn1 } = this;
    const isComplementary = this.pooling === 'complementary';
    const epilogue = bn1.epilogue();
    if (epilogue && !isTaped(this, strips)) {
      const fused = conv1.fused(strips, { ...epilogue, biasTimes: isComplementary ? 2 : 1 });
      if (fused) return fused;
    }
    if (!isComplementary) return bn1.call(conv1.call(strips));
    const bias = (conv1.bias as Parameter).value;
    return bn1.call(conv2d(strips, conv1.weight.value, add(bias, bias)));
  }

  /**
   * Returns the gates of each row and column of x, in 0..1: [N, H, 1, C] and [N, 1, W, C]. The output of `forward` is x
   * times both. `forward` does not store them, so this method computes them again, for visualization.
   */
  gates(x: Tensor): { byRow: Tensor; byColumn: Tensor } {
    const [n, h, w] = imageShape(this.path || 'CoordinateAttention', x.shape);
    return scope(() => {
      const middle = this.squeeze(coordinatePool(x, this.pooling));
      const m = middle.shape[3] as number;
      const rows = slice(middle, [0, 0, 0, 0], [n, h, 1, m]);
      const columns = reshape(slice(middle, [0, h, 0, 0], [n, h + w, 1, m]), [n, 1, w, m]);
      return {
        byRow: sigmoid(this.gateByRow.forward(rows)),
        byColumn: sigmoid(this.gateByColumn.forward(columns)),
      };
    });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || 'CoordinateAttention', input, this.conv1.weight.shape[2]);
    const middle = this.bn1.outputShape(this.conv1.outputShape([n, h + w, 1, c], costs), costs);
    const m = middle[3] as number;
    this.gateByRow.outputShape([n, h, 1, m], costs);
    this.gateByColumn.outputShape([n, 1, w, m], costs);
    // the second application of conv1 in the original form, which the merged form does not compute
    const second = this.pooling === 'complementary' ? n * (h + w) * c * m : 0;
    return costs?.add(this, input, second, second) ?? input;
  }
}
