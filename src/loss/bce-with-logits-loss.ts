import { checkOptions } from '../gpu/check-options.ts';
import type { SettingsValue } from '../optim/settings.ts';
import type { Reduction } from '../tensor/ops/cross-entropy.ts';
import {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyRules,
  binaryCrossEntropyWithLogits,
} from '../tensor/ops/pair-loss.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ElementLoss } from './element-loss.ts';

/**
 * Computes the binary cross-entropy of logits with optional weights, like torch.nn.BCEWithLogitsLoss, for independent labels.
 * In `fit`, labels become one-hot rows, so that each class is learned against all others.
 */
export class BCEWithLogitsLoss extends ElementLoss {
  readonly type = 'BCEWithLogitsLoss';
  readonly options: BinaryCrossEntropyOptions;

  /** @throws Error when an option is unknown or not valid */
  constructor(options: BinaryCrossEntropyOptions = {}) {
    super();
    checkOptions('BCEWithLogitsLoss', options, binaryCrossEntropyRules);
    this.options = { ...options };
  }

  get reduction(): Reduction {
    return this.options.reduction ?? 'mean';
  }

  protected compare(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(input, target, this.options);
  }

  protected override async constants(): Promise<Record<string, SettingsValue>> {
    const { weight, posWeight } = this.options;
    const valuesOf = async (x?: Tensor) => (x ? [...(await x.data())] : null);
    return { weight: await valuesOf(weight), posWeight: await valuesOf(posWeight) };
  }
}
