import { checkCounts } from '../gpu/check-options.ts';
import { applyGates } from '../tensor/ops/apply-gates.ts';
import { attentionGates } from '../tensor/ops/attention-gates.ts';
import { channelGate } from '../tensor/ops/channel-gate.ts';
import { globalAvgPool } from '../tensor/ops/global-avg-pool.ts';
import { relu } from '../tensor/ops/unary.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Conv2d, weightsOf } from './conv2d.ts';
import type { CostSheet } from './cost-sheet.ts';
import { isTaped } from './frozen.ts';
import { makeDivisible } from './make-divisible.ts';
import { Module } from './module.ts';

/**
 * Scales each channel by hardSigmoid(fc2(relu(fc1(mean)))) (Hu et al., CVPR 2018, with the hard sigmoid of MobileNetV3,
 * Howard et al., ICCV 2019). `squeeze` is the width between fc1 and fc2 (default channels / 4, rounded to a multiple of 8).
 */
export class SqueezeExcitation extends Module {
  readonly fc1: Conv2d;
  readonly fc2: Conv2d;

  constructor(channels: number, squeeze = makeDivisible(channels / 4)) {
    super();
    checkCounts('SqueezeExcitation', { channels, squeeze });
    this.fc1 = new Conv2d(channels, squeeze, 1);
    this.fc2 = new Conv2d(squeeze, channels, 1);
  }

  override get type(): string {
    return 'SqueezeExcitation';
  }

  forward(x: Tensor): Tensor {
    const gates = this.fusedGates(x);
    if (gates) return applyGates(x, gates);
    const pooled = globalAvgPool(x);
    const hidden = this.isFusible(x) ? this.fc1.fused(pooled, { norm: null, activation: 'relu' }) : null;
    return channelGate(x, this.fc2.call(hidden ?? relu(this.fc1.call(pooled))), 'hardSigmoid');
  }

  /** Internal, for inference: the gates in one dispatch; null in training mode, and where that is not supported. */
  fusedGates(x: Tensor): Tensor | null {
    if (!this.isFusible(x)) return null;
    const [squeeze, excite] = [weightsOf(this.fc1), weightsOf(this.fc2)];
    return this.labeled(x, () => attentionGates(x, { pooling: 'avg', squeeze, excite }));
  }

  private isFusible(x: Tensor): boolean {
    return !this.training && !isTaped(this, x);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, , , c] = imageShape(this.path || 'SqueezeExcitation', input);
    this.fc2.outputShape(this.fc1.outputShape([n, 1, 1, c], costs), costs);
    return costs?.add(this, input) ?? input;
  }
}
