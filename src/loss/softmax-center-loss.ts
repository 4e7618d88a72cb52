import { checkCounts, checkOptions, finite, type OptionRules, oneOf } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import { readState, type StateDict, writeState } from '../layers/state-dict.ts';
import type { TypedSettings } from '../optim/settings.ts';
import { add, mul } from '../tensor/ops/binary.ts';
import type { CenterKind } from '../tensor/ops/center-loss.ts';
import { targetRules } from '../tensor/ops/cross-entropy.ts';
import { scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { CENTER_LOSS_OPTIONS, CenterLoss } from './center-loss.ts';
import { CrossEntropyLoss, type CrossEntropyLossOptions } from './cross-entropy-loss.ts';
import type { Loss, LossBatch, LossParts, LossRun } from './loss.ts';

/** Options of `SoftmaxCenterLoss`. */
export interface SoftmaxCenterLossOptions extends Omit<CrossEntropyLossOptions, 'reduction'> {
  /** weight of the center loss, in the scale of `CenterLoss` (default 0: no center loss) */
  lambda?: number;
  /** whether centers follow their class or are random (default 'learned') */
  kind?: CenterKind;
  /** rate at which learned centers move towards the features of their class, 0 to 1 (default 0.5) */
  alpha?: number;
  /** constant factor of the center loss (default classes / features) */
  scale?: number;
  /** features of the center loss: the logits (released code) or the embedding (literature; default 'embedding') */
  over?: 'embedding' | 'logits';
}

const OPTIONS: OptionRules<SoftmaxCenterLossOptions> = /* @__PURE__ */ (() => ({
  ...targetRules, // without a reduction: the center loss is a mean
  ...CENTER_LOSS_OPTIONS,
  lambda: (v) => finite(v, 0),
  over: (v) => oneOf(v, ['embedding', 'logits']),
}))();

/** Computes cross-entropy + lambda * center loss (Liang et al. 2023). The parts are named `crossEntropy` and `center`. */
export class SoftmaxCenterLoss implements Loss {
  readonly lambda: number;
  readonly over: 'embedding' | 'logits';
  readonly crossEntropy: CrossEntropyLoss;
  readonly center: CenterLoss | null;

  /** `embeddingWidth` is the model's embedding width; not used with over: 'logits'. */
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

  /** Allocates the centers on the device. */
  to(device: Device, options: { seed?: number } = {}): this {
    this.center?.to(device, options);
    return this;
  }

  get ignoreIndex(): number {
    return this.crossEntropy.ignoreIndex;
  }

  /**
   * Returns the loss and its parts for logits [N, K], targets (labels u32 [N] or distributions f32 [N, K]), and the
   * batch: embedding [N, D], and labels u32 [N] for the center loss (default: the targets). The part `center` is
   * lambda * center loss; it is absent if lambda is 0.
   */
  call(
    logits: Tensor,
    targets: Tensor,
    { embedding, labels = targets, allLabels }: Omit<LossBatch, 'labels'> & Partial<LossBatch>,
  ): LossParts {
    const { lambda } = this;
    return scope((): LossParts => {
      const crossEntropy = this.crossEntropy.call(logits, targets, { allLabels });
      if (!this.center) return { total: crossEntropy, parts: { crossEntropy } };
      const features = this.over === 'logits' ? logits : embedding;
      const more = allLabels ? [labels, allLabels] : [labels];
      const center = mul(this.center.call(features, ...more), lambda);
      return { total: add(crossEntropy, center), parts: { crossEntropy, center } };
    });
  }

  /** Moves the learned centers. Call it once per step, after the backward pass. */
  update(logits: Tensor, { embedding, labels, allLabels }: LossBatch): void {
    this.center?.update(this.over === 'logits' ? logits : embedding, labels, allLabels);
  }

  /**
   * Checks that a run provides what the center loss needs.
   * @throws Error when the center loss needs an embedding that is missing, or one certain label per image
   */
  check({ hasEmbedding, isMixed, hasIgnored }: LossRun): void {
    if (!this.center) return;
    if (isMixed) {
      throw new Error(
        'SoftmaxCenterLoss: mixup blends images of two classes, but the center loss needs one class per image. ' +
          'Use lambda 0 or no mixup.',
      );
    }
    if (hasIgnored) {
      throw new Error(
        'SoftmaxCenterLoss: some labels are ignored, but the center loss needs a class for every image. ' +
          'Use lambda 0, or remove those images.',
      );
    }
    if (this.over === 'embedding' && !hasEmbedding) {
      throw new Error(
        "SoftmaxCenterLoss: the center loss needs an embedding, but this model has no forwardWithEmbedding. Use over: 'logits'.",
      );
    }
  }

  /** Returns the options as plain JSON. */
  async settings(): Promise<TypedSettings> {
    const { lambda, over, center } = this;
    return {
      type: 'SoftmaxCenterLoss',
      version: 1,
      crossEntropy: await this.crossEntropy.settings(),
      lambda,
      center: center && { over, kind: center.kind, alpha: center.alpha, scale: center.scale },
    };
  }

  /** Returns the centers and the counter of their draws. */
  async stateDict(): Promise<StateDict> {
    return this.center ? readState(this.center, false) : new Map();
  }

  /** Restores the state that `stateDict` returned. */
  loadStateDict(state: StateDict): void {
    if (this.center) writeState(this.center, state, true, false);
  }
}
