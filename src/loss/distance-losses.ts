import { checkOptions } from '../gpu/check-options.ts';
import type { SettingsValue } from '../optim/settings.ts';
import type { Reduction } from '../tensor/ops/cross-entropy.ts';
import {
  l1Loss,
  mseLoss,
  type PairLossOptions,
  pairLossRules,
  type SmoothL1LossOptions,
  smoothL1Loss,
  smoothL1LossRules,
} from '../tensor/ops/pair-loss.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ElementLoss } from './element-loss.ts';

/** Computes the squared error, like torch.nn.MSELoss. In `fit`, labels become one-hot rows. */
export class MSELoss extends ElementLoss {
  readonly type = 'MSELoss';
  readonly options: PairLossOptions;

  /** @throws Error when an option is unknown or not valid */
  constructor(options: PairLossOptions = {}) {
    super();
    checkOptions('MSELoss', options, pairLossRules);
    this.options = { ...options };
  }

  get reduction(): Reduction {
    return this.options.reduction ?? 'mean';
  }

  protected compare(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options);
  }
}

/** Computes the absolute error, like torch.nn.L1Loss. In `fit`, labels become one-hot rows. */
export class L1Loss extends ElementLoss {
  readonly type = 'L1Loss';
  readonly options: PairLossOptions;

  /** @throws Error when an option is unknown or not valid */
  constructor(options: PairLossOptions = {}) {
    super();
    checkOptions('L1Loss', options, pairLossRules);
    this.options = { ...options };
  }

  get reduction(): Reduction {
    return this.options.reduction ?? 'mean';
  }

  protected compare(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this.options);
  }
}

/**
 * Computes the error that is quadratic below `beta` (default 1) and linear above, like torch.nn.SmoothL1Loss. In `fit`,
 * labels become one-hot rows.
 */
export class SmoothL1Loss extends ElementLoss {
  readonly type = 'SmoothL1Loss';
  readonly options: SmoothL1LossOptions;

  /** @throws Error when an option is unknown or not valid */
  constructor(options: SmoothL1LossOptions = {}) {
    super();
    checkOptions('SmoothL1Loss', options, smoothL1LossRules);
    this.options = { ...options };
  }

  get reduction(): Reduction {
    return this.options.reduction ?? 'mean';
  }

  protected compare(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this.options);
  }

  protected override async constants(): Promise<Record<string, SettingsValue>> {
    return { beta: this.options.beta ?? 1 };
  }
}
