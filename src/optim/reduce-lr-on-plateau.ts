import { checkOptions, checkValue, fraction, integer, notNegative, oneOf } from '../gpu/check-options.ts';
import type { Schedule } from './schedules.ts';
import type { TypedSettings } from './settings.ts';

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** factor of each reduction, in [0, 1) (default 0.1) */
  factor?: number;
  /** number of epochs without improvement before a reduction (default 10) */
  patience?: number;
  /** minimum improvement, relative or absolute, at least 0 (default 1e-4) */
  threshold?: number;
  /** whether `threshold` is a fraction of the best value or a difference from it (default 'rel') */
  thresholdMode?: 'rel' | 'abs';
  /**
   * 'min' if the observed value should decrease, as the loss that `fit` passes; 'max' if it should increase, as an accuracy
   * (default 'min')
   */
  mode?: 'min' | 'max';
  /** number of epochs after a reduction in which epochs without improvement are not counted (default 0) */
  cooldown?: number;
  /** lower bound of the rate (default 0); PyTorch's min_lr */
  minLearningRate?: number;
  /** a reduction of the rate by this much or less is omitted (default 1e-8) */
  eps?: number;
}

const PLATEAU_EPS = 1e-8;

/**
 * Multiplies the rate by `factor` when the observed loss has not decreased by `threshold` for more than `patience` epochs, like torch.optim.lr_scheduler.ReduceLROnPlateau. The defaults are PyTorch's and the paper's.
 */
export class ReduceLROnPlateau implements Schedule {
  readonly type = 'ReduceLROnPlateau';
  readonly dependsOnLength = false;
  /** rate of the first epoch */
  readonly learningRate: number;
  readonly factor: number;
  readonly patience: number;
  readonly threshold: number;
  readonly thresholdMode: 'rel' | 'abs';
  readonly mode: 'min' | 'max';
  readonly cooldown: number;
  readonly minLearningRate: number;
  readonly eps: number;
  private current: number;
  private best: number;
  private bad = 0;
  /** epochs left of the cooldown */
  private cooling = 0;

  /** @throws RangeError when an option is out of range; Error for an unknown option */
  constructor(learningRate: number, options: ReduceLROnPlateauOptions = {}) {
    checkValue('ReduceLROnPlateau', 'learningRate', learningRate, notNegative);
    checkOptions('ReduceLROnPlateau', options, {
      factor: fraction,
      patience: integer,
      threshold: notNegative,
      thresholdMode: (value) => oneOf(value, ['rel', 'abs']),
      mode: (value) => oneOf(value, ['min', 'max']),
      cooldown: integer,
      minLearningRate: notNegative,
      eps: notNegative,
    });
    this.learningRate = learningRate;
    this.factor = options.factor ?? 0.1;
    this.patience = options.patience ?? 10;
    this.threshold = options.threshold ?? 1e-4;
    this.thresholdMode = options.thresholdMode ?? 'rel';
    this.mode = options.mode ?? 'min';
    this.cooldown = options.cooldown ?? 0;
    this.minLearningRate = options.minLearningRate ?? 0;
    this.eps = options.eps ?? PLATEAU_EPS;
    this.current = learningRate;
    this.best = this.mode === 'min' ? Number.MAX_VALUE : -Number.MAX_VALUE; // not Infinity, which JSON cannot store
  }

  rate(): number {
    return this.current;
  }

  /** Receives the value of an epoch: a loss, or with `mode: 'max'` a value that should increase. */
  observe(value: number): void {
    if (this.isBetter(value)) {
      this.best = value;
      this.bad = 0;
    } else {
      this.bad++;
    }
    if (this.cooling > 0) {
      this.cooling--;
      this.bad = 0;
    }
    if (this.bad > this.patience) {
      // a rate that is already below the bound is not raised to it
      const reduced = Math.max(this.minLearningRate, this.current * this.factor);
      if (this.current - reduced > this.eps) this.current = reduced;
      this.cooling = this.cooldown;
      this.bad = 0;
    }
  }

  private isBetter(value: number): boolean {
    const sign = this.mode === 'min' ? -1 : 1;
    const { best, threshold } = this;
    const wanted = this.thresholdMode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold;
    return sign * value > sign * wanted;
  }

  state(): Record<string, number> {
    const { current, best, bad, cooling } = this;
    return { current, best, bad, cooling };
  }

  restore(state: Record<string, number>): void {
    this.current = state.current ?? this.current;
    this.best = state.best ?? this.best;
    this.bad = state.bad ?? this.bad;
    this.cooling = state.cooling ?? this.cooling;
  }

  settings(): TypedSettings {
    const { type, learningRate, factor, patience, threshold, minLearningRate } = this;
    const { eps, thresholdMode, mode, cooldown } = this;
    return {
      ...{ type, version: 1, learningRate, factor, patience, threshold, minLearningRate },
      // checkpoints from before these options do not have them
      ...(eps === PLATEAU_EPS ? {} : { eps }),
      ...(thresholdMode === 'rel' ? {} : { thresholdMode }),
      ...(mode === 'min' ? {} : { mode }),
      ...(cooldown === 0 ? {} : { cooldown }),
    };
  }
}
