import { checkOptions } from '../gpu/check-options.ts';
import { type CrossEntropyOptions, crossEntropy, crossEntropyRules } from '../tensor/ops/cross-entropy.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Options of `CrossEntropyLoss`. */
export type CrossEntropyLossOptions = Omit<CrossEntropyOptions, 'divisor'>;

/**
 * Softmax cross-entropy as torch.nn.CrossEntropyLoss: with class weights, label smoothing, an ignored label and a
 * reduction. Targets are labels (u32 or i32, [N]) or distributions (f32, [N, K]) such as FER+'s votes.
 */
export class CrossEntropyLoss {
  readonly options: CrossEntropyLossOptions;

  /** @throws Error for an option that is unknown or out of range */
  constructor(options: CrossEntropyLossOptions = {}) {
    checkOptions('CrossEntropyLoss', options, crossEntropyRules);
    this.options = options;
  }

  /**
   * Returns the loss of logits [N, K] and labels [N] or distributions f32 [N, K]: a scalar, or [N] with reduction 'none'.
   * @throws Error if the shapes do not fit
   */
  call(logits: Tensor, target: Tensor): Tensor {
    return crossEntropy(logits, target, this.options);
  }
}
