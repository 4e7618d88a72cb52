import { checkOptions } from '../gpu/check-options.ts';
import type { SettingsValue } from '../optim/settings.ts';
import type { Reduction } from '../tensor/ops/cross-entropy.ts';
import { type KLDivOptions, klDiv, klDivRules } from '../tensor/ops/pair-loss.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ElementLoss } from './element-loss.ts';

/**
 * Computes the Kullback-Leibler divergence of log-probabilities from target probabilities, like torch.nn.KLDivLoss. The input
 * must be log-probabilities: in `fit`, the model must end with `logSoftmax`. Labels become one-hot rows.
 */
export class KLDivLoss extends ElementLoss {
  readonly type = 'KLDivLoss';
  readonly options: KLDivOptions;

  /** @throws Error when an option is unknown or not valid */
  constructor(options: KLDivOptions = {}) {
    super();
    checkOptions('KLDivLoss', options, klDivRules);
    this.options = { ...options };
  }

  /** 'mean' for 'batchmean' too, since both are means over equal parts of a batch. */
  get reduction(): Reduction {
    const { reduction = 'mean' } = this.options;
    return reduction === 'batchmean' ? 'mean' : reduction;
  }

  protected compare(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options);
  }

  protected override async constants(): Promise<Record<string, SettingsValue>> {
    const { reduction = 'mean', logTarget = false } = this.options;
    return { reduction, logTarget };
  }
}
