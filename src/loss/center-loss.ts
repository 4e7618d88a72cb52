import { hash, ZEROS } from '../layers/initialise.ts';
import { Module } from '../layers/module.ts';
import { ModuleBuffer } from '../layers/parameter.ts';
import { centerLoss, drawCenters, moveCenters } from '../tensor/ops/center-loss.ts';
import type { Shape } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** 'learned' is the centre loss of the literature, 'released' what the paper's published code computes. */
export type CenterKind = 'learned' | 'released';

/** What `CenterLoss` takes. */
export interface CenterLossOptions {
  kind?: CenterKind;
  /** rate at which learned centres follow their class */
  alpha?: number;
}

/**
 * Centre loss: draws the features of a class together.
 *
 * `learned` (Wen et al., ECCV 2016, eq. 2 to 4): L = 1/(2 N) sum_i |f_i - c_{y_i}|^2 (the mean over the
 * batch, where the paper has the sum); after each step
 * c_j -= alpha * sum_{i in j} (c_j - f_i) / (1 + n_j).
 *
 * `released` (the code of Liang et al. 2023): centres are drawn from N(0, 1) anew at every call and
 * never learned; L = 1/(2 N) sum_i |f_i - c_{y_i}|^2 / n_{y_i}.
 */
export class CenterLoss extends Module {
  readonly kind: CenterKind;
  readonly alpha: number;
  readonly centers: ModuleBuffer;
  /** [seed low, seed high, stream, counter] of the released form's draws */
  readonly counter = new ModuleBuffer([4], ZEROS, { dtype: 'u32', persistent: false });

  constructor(classes: number, features: number, options: CenterLossOptions = {}) {
    super();
    this.kind = options.kind ?? 'learned';
    this.alpha = options.alpha ?? 0.5;
    if (!(this.alpha >= 0 && this.alpha <= 1))
      throw new Error(`CenterLoss: alpha must be 0 to 1, got ${this.alpha}`);
    this.centers = new ModuleBuffer([classes, features], ZEROS);
  }

  protected override onPlaced(seed: number): void {
    this.counter.value.write([seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, hash('CenterLoss'), 0]);
  }

  /** The loss of features [N, D] with labels u32 [N]; a scalar. */
  forward(features: Tensor, labels: Tensor): Tensor {
    const centers = this.centers.value;
    if (this.kind === 'released') noGrad(() => drawCenters(centers, this.counter.value));
    return centerLoss(features, labels, centers, this.kind);
  }

  /** Moves learned centres towards their class's features; call it once a step, after the loss. */
  update(features: Tensor, labels: Tensor): void {
    if (this.kind === 'learned') noGrad(() => moveCenters(this.centers.value, features, labels, this.alpha));
  }

  outputShape(): Shape {
    return [];
  }
}
