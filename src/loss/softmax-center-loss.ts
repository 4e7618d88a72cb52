import { checkCounts, checkOptions, finite, type OptionRules, oneOf } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import { add, mul } from '../tensor/ops/binary.ts';
import type { CenterKind } from '../tensor/ops/center-loss.ts';
import { crossEntropyRules } from '../tensor/ops/cross-entropy.ts';
import { scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { CENTER_LOSS_OPTIONS, CenterLoss } from './center-loss.ts';
import { CrossEntropyLoss, type CrossEntropyLossOptions } from './cross-entropy-loss.ts';

/** What `SoftmaxCenterLoss` takes. */
export interface SoftmaxCenterLossOptions extends Omit<CrossEntropyLossOptions, 'reduction'> {
  /** weight of the center loss, whose scale is `CenterLoss`'s (default 0: no center loss) */
  lambda?: number;
  kind?: CenterKind;
  alpha?: number;
  scale?: number;
  /** what the centre loss acts on: the logits (the released code) or the embedding (the literature) */
  over?: 'embedding' | 'logits';
}

const OPTIONS: OptionRules<SoftmaxCenterLossOptions> = {
  ...crossEntropyRules,
  ...CENTER_LOSS_OPTIONS,
  lambda: (v) => finite(v, 0),
  over: (v) => oneOf(v, ['embedding', 'logits']),
};

/** The loss and what it is made of, each a scalar tensor. */
export interface LossParts {
  total: Tensor;
  crossEntropy: Tensor;
  /** before the weight lambda; null where lambda is 0 */
  center: Tensor | null;
}

/** Cross-entropy + lambda * centre loss, each part reported (Liang et al. 2023). */
export class SoftmaxCenterLoss {
  readonly lambda: number;
  readonly over: 'embedding' | 'logits';
  readonly crossEntropy: CrossEntropyLoss;
  readonly center: CenterLoss | null;

  /** `embeddingWidth` is the model's; with over: 'logits' the number of classes counts instead. */
  constructor(classes: number, embeddingWidth: number, options: SoftmaxCenterLossOptions = {}) {
    checkCounts('SoftmaxCenterLoss', { classes, embeddingWidth });
    checkOptions('SoftmaxCenterLoss', options, OPTIONS);
    const { lambda = 0, over = 'embedding', kind, alpha, scale, ...entropy } = options;
    this.lambda = lambda;
    this.over = over;
    this.crossEntropy = new CrossEntropyLoss(entropy);
    const width = over === 'logits' ? classes : embeddingWidth;
    this.center = lambda > 0 ? new CenterLoss(classes, width, { kind, alpha, scale }) : null;
  }

  /** Puts the centres on the device. */
  to(device: Device, options: { seed?: number } = {}): this {
    this.center?.to(device, options);
    return this;
  }

  /**
   * The parts for logits [N, K], embedding [N, D] and labels u32 [N]. Soft targets f32 [N, K] take the labels' place in
   * the cross-entropy; the centre loss keeps to the labels.
   */
  call(logits: Tensor, embedding: Tensor, labels: Tensor, targets: Tensor = labels): LossParts {
    const { center, lambda } = this;
    return scope(() => {
      const crossEntropy = this.crossEntropy.call(logits, targets);
      if (!center) return { total: crossEntropy, crossEntropy, center: null };
      const pulled = center.call(this.over === 'logits' ? logits : embedding, labels);
      return { total: add(crossEntropy, mul(pulled, lambda)), crossEntropy, center: pulled };
    });
  }

  /** Moves the learned centres; once a step, after the backward pass. */
  update(logits: Tensor, embedding: Tensor, labels: Tensor): void {
    this.center?.update(this.over === 'logits' ? logits : embedding, labels);
  }
}
