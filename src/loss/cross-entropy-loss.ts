import { checkOptions } from '../gpu/check-options.ts';
import type { TypedSettings } from '../optim/settings.ts';
import { mul } from '../tensor/ops/binary.ts';
import { sum } from '../tensor/ops/broadcast.ts';
import { cast } from '../tensor/ops/cast.ts';
import { notEqual } from '../tensor/ops/compare.ts';
import {
  type CrossEntropyOptions,
  crossEntropy,
  crossEntropyRules,
  IGNORE_INDEX,
  type Reduction,
} from '../tensor/ops/cross-entropy.ts';
import { oneHot } from '../tensor/ops/one-hot.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Loss, LossBatch } from './loss.ts';

/** Options of `CrossEntropyLoss`. */
export type CrossEntropyLossOptions = Omit<CrossEntropyOptions, 'divisor'>;

/**
 * Computes the softmax cross-entropy, like torch.nn.CrossEntropyLoss, with class weights, label smoothing, an ignored
 * label and a reduction. Targets are labels (u32 or i32, [N]) or distributions (f32, [N, K]), such as the votes of
 * FER+.
 */
export class CrossEntropyLoss implements Loss {
  readonly options: CrossEntropyLossOptions;

  /** @throws Error when an option is unknown or out of range */
  constructor(options: CrossEntropyLossOptions = {}) {
    checkOptions('CrossEntropyLoss', options, crossEntropyRules);
    this.options = options;
  }

  get reduction(): Reduction {
    return this.options.reduction ?? 'mean';
  }

  get ignoreIndex(): number {
    return this.options.ignoreIndex ?? IGNORE_INDEX;
  }

  /**
   * Returns the loss of logits [N, K] and labels [N] or distributions f32 [N, K]: a scalar, or [N] with reduction
   * 'none'. With gradient accumulation, `allLabels` makes the mean divide by the weights of the whole batch.
   * @throws Error if the shapes do not fit
   */
  call(logits: Tensor, target: Tensor, { allLabels }: Pick<LossBatch, 'allLabels'> = {}): Tensor {
    const { options } = this;
    if (!allLabels || target.dtype === 'f32' || this.reduction !== 'mean') {
      return crossEntropy(logits, target, options);
    }
    return scope(() => {
      const divisor = this.weightOf(allLabels, logits.shape[1] as number, target.size / allLabels.size);
      return crossEntropy(logits, target, { ...options, divisor });
    });
  }

  /** Returns the options as plain JSON, including class weights. */
  async settings(): Promise<TypedSettings> {
    const { labelSmoothing = 0, weight } = this.options;
    const { ignoreIndex, reduction } = this;
    const weights = weight ? [...(await weight.data())] : null;
    return {
      type: 'CrossEntropyLoss',
      version: 1,
      labelSmoothing,
      weight: weights,
      ignoreIndex,
      reduction,
    };
  }

  /** Returns the sum of the weights of the labels that are not ignored, times `factor`. */
  private weightOf(labels: Tensor, classes: number, factor: number): Tensor {
    const { weight } = this.options;
    return noGrad(() => {
      const ignored = labels.dtype === 'i32' ? this.ignoreIndex | 0 : this.ignoreIndex >>> 0;
      const counted = cast(notEqual(labels, ignored), 'f32');
      if (!weight) return mul(sum(counted), factor);
      const rows = mul(oneHot(cast(labels, 'u32'), classes), reshape(counted, [labels.size, 1]));
      return mul(sum(mul(rows, weight)), factor);
    });
  }
}
