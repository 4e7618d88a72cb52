import { checkOptions, checkValue, fraction, integer, notNegative } from '../gpu/check-options.ts';
import type { Schedule } from './schedules.ts';
import type { TypedSettings } from './settings.ts';

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** factor of each reduction, in [0, 1) (default 0.1) */
  factor?: number;
  /** number of epochs without improvement before a reduction (default 10) */
  patience?: number;
  /** minimum relative improvement, in [0, 1) (default 1e-4) */
  threshold?: number;
  /** lower bound of the rate (default 0); PyTorch's min_lr */
  minLearningRate?: number;
  /** a reduction of the rate by this much or less is omitted (default 1e-8) */
  eps?: number;
}

const PLATEAU_EPS = 1e-8;

/**
 * Multiplies the rate by `factor` when the observed loss has not decreased by `threshold` (relative) for more
 * than `patience` epochs, like torch.optim.lr_scheduler.ReduceLROnPlateau. The defaults are PyTorch's and the paper's.
 */
export class ReduceLROnPlateau implements Schedule {
  readonly type = 'ReduceLROnPlateau';
  readonly dependsOnLength = false;
  /** rate of the first epoch */
  readonly learningRate: number;
  readonly factor: number;
  readonly patience: number;
  readonly threshold: number;
  readonly minLearningRate: number;
  readonly eps: number;
  private current: number;
  private best = Number.MAX_VALUE; // not Infinity, which JSON cannot store
  private bad = 0;

  /** @throws RangeError when an option is out of range; Error for an unknown option */
  constructor(learningRate: number, options: ReduceLROnPlateauOptions = {}) {
    checkValue('ReduceLROnPlateau', 'learningRate', learningRate, notNegative);
    checkOptions('ReduceLROnPlateau', options, {
      factor: fraction,
      patience: integer,
      threshold: fraction,
      minLearningRate: notNegative,
      eps: notNegative,
    });
    this.learningRate = learningRate;
    this.factor = options.factor ?? 0.1;
    this.patience = options.patience ?? 10;
    this.threshold = options.threshold ?? 1e-4;
    this.minLearningRate = options.minLearningRate ?? 0;
    this.eps = options.eps ?? PLATEAU_EPS;
    this.current = learningRate;
  }

  rate(): number {
    return this.current;
  }

  observe(validLoss: number): void {
    if (validLoss < this.best * (1 - this.threshold)) {
      this.best = validLoss;
      this.bad = 0;
    } else if (++this.bad > this.patience) {
      // a rate that is already below the bound is not raised to it
      const reduced = Math.max(this.minLearningRate, this.current * this.factor);
      if (this.current - reduced > this.eps) this.current = reduced;
      this.bad = 0;
    }
  }

  state(): Record<string, number> {
    return { current: this.current, best: this.best, bad: this.bad };
  }

  restore(state: Record<string, number>): void {
    this.current = state.current ?? this.current;
    this.best = state.best ?? this.best;
    this.bad = state.bad ?? this.bad;
  }

  settings(): TypedSettings {
    const { type, learningRate, factor, patience, threshold, minLearningRate, eps } = this;
    const settings = { type, version: 1, learningRate, factor, patience, threshold, minLearningRate };
    // checkpoints from before this option have no eps
    return eps === PLATEAU_EPS ? settings : { ...settings, eps };
  }
}
