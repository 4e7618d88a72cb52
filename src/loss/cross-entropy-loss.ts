import { crossEntropy } from '../tensor/ops/cross-entropy.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What `CrossEntropyLoss` takes. */
export interface CrossEntropyLossOptions {
  /** mixes the target with the uniform distribution */
  labelSmoothing?: number;
  /** weight of each class, [K] */
  classWeights?: Tensor;
}

/**
 * Mean softmax cross-entropy as torch.nn.CrossEntropyLoss. Targets are labels (u32, [N]) or
 * distributions (f32, [N, K]) such as FER+'s votes.
 */
export class CrossEntropyLoss {
  readonly options: CrossEntropyLossOptions;

  constructor(options: CrossEntropyLossOptions = {}) {
    const { labelSmoothing = 0 } = options;
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new Error(`CrossEntropyLoss: labelSmoothing must be between 0 and 1, got ${labelSmoothing}`);
    }
    this.options = options;
  }

  /**
   * The loss, a scalar, of logits [N, K] and labels u32 [N] or distributions f32 [N, K].
   * @throws Error when the shapes do not fit
   */
  call(logits: Tensor, target: Tensor): Tensor {
    return crossEntropy(logits, target, this.options);
  }
}
