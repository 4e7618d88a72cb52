import { checkCounts, checkOptions, finite, type OptionRules, oneOf } from '../gpu/check-options.ts';
import { hash, ZEROS } from '../layers/initialize.ts';
import { Module } from '../layers/module.ts';
import { ModuleBuffer } from '../layers/parameter.ts';
import { seedWords } from '../tensor/host-random.ts';
import {
  CENTER_KINDS,
  type CenterKind,
  centerLoss,
  drawCenters,
  moveCenters,
} from '../tensor/ops/center-loss.ts';
import type { Shape } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Options of `CenterLoss`. */
export interface CenterLossOptions {
  /** whether centers follow their class or are random (default 'learned') */
  kind?: CenterKind;
  /** rate at which learned centers move towards the features of their class, 0 to 1 (default 0.5) */
  alpha?: number;
  /** constant factor of the loss (default classes / features); 1 for the literature's form */
  scale?: number;
}

/** Checks of `CenterLossOptions`. */
export const CENTER_LOSS_OPTIONS: OptionRules<CenterLossOptions> = {
  kind: (v) => oneOf(v, CENTER_KINDS),
  alpha: (v) => finite(v, 0, 1),
  scale: (v) => finite(v, 0),
};

/**
 * Computes the center loss, which pulls the features of each class together.
 *
 * `learned` (Wen et al., ECCV 2016, eq. 2 to 4): L = s / (2 N) sum_i |f_i - c_{y_i}|^2; after each step
 * c_j -= alpha * sum_{i in j} (c_j - f_i) / (1 + n_j). Centers start at 0.
 *
 * `released` (the code released by Liang et al. 2023): centers are drawn from N(0, 1) at every call and not learned;
 * L = s / (2 N) sum_i |f_i - c_{y_i}|^2 / n_{y_i}.
 *
 * The scale s is K / D by default (K classes, D features). The squared distance grows with D, but the cross-entropy does
 * not: with s = 1 a weight of 0.4, suitable for 8 logits, outweighs the cross-entropy for 640 features, so that all
 * features collapse to one point and accuracy stays at chance. With s = K / D a weight has the same effect on logits
 * (s = 1) and on any embedding. A weight lambda here equals lambda * K / D in the form of the literature: 0.4 for 640
 * features of 8 classes is 0.005, and the 0.003 of Wen et al. is 0.24.
 */
export class CenterLoss extends Module {
  readonly kind: CenterKind;
  readonly alpha: number;
  readonly scale: number;
  readonly centers: ModuleBuffer;
  /** [seed low, seed high, stream, counter] of the draws of the released form */
  readonly counter = new ModuleBuffer([4], ZEROS, { dtype: 'u32', persistent: false });

  constructor(classes: number, features: number, options: CenterLossOptions = {}) {
    super();
    checkCounts('CenterLoss', { classes, features });
    checkOptions('CenterLoss', options, CENTER_LOSS_OPTIONS);
    this.kind = options.kind ?? 'learned';
    this.alpha = options.alpha ?? 0.5;
    this.scale = options.scale ?? classes / features;
    this.centers = new ModuleBuffer([classes, features], ZEROS);
  }

  protected override onPlaced(seed: number): void {
    this.counter.value.write([...seedWords(seed), hash('CenterLoss'), 0]);
  }

  override get type(): string {
    return 'CenterLoss';
  }

  /**
   * Returns the loss of features [N, D] with labels u32 [N], a scalar. With `allLabels`, the labels of a whole batch of
   * which these are a part, all parts have the same drawn centers until `update`, and the mean over equal parts is the
   * loss of the whole batch.
   */
  forward(features: Tensor, labels: Tensor, allLabels?: Tensor): Tensor {
    const centers = this.centers.value;
    if (this.kind === 'released') {
      noGrad(() => drawCenters(centers, this.counter.value, allLabels === undefined));
    }
    return centerLoss(features, labels, centers, this.kind, this.scale, allLabels);
  }

  /**
   * Moves learned centers towards the features of their class; call it once per step, after the loss, with the whole
   * batch. With `allLabels`, the loss was computed in parts, and the released form draws new centers at its next call.
   */
  update(features: Tensor, labels: Tensor, allLabels?: Tensor): void {
    const { centers, counter, alpha, kind } = this;
    if (kind === 'learned') noGrad(() => moveCenters(centers.value, features, labels, alpha));
    else if (allLabels) noGrad(() => drawCenters(centers.value, counter.value));
  }

  outputShape(): Shape {
    return [];
  }
}
