/** Where a run stands, for schedules. `epoch` and `step` count from 0; `step` over the whole run. */
export interface Progress {
  step: number;
  epoch: number;
  totalSteps: number;
  totalEpochs: number;
}

/** Gives the learning rate of each step. */
export interface Schedule {
  /** learning rate of the step that comes now */
  rate(progress: Progress): number;
  /** tells the validation loss of an epoch that has ended */
  observe?(validLoss: number): void;
  /** state for a checkpoint, as plain JSON, and back */
  state?(): Record<string, number>;
  /** goes on from what `state` gave */
  restore?(state: Record<string, number>): void;
}

/** The same rate throughout. */
export class ConstantRate implements Schedule {
  readonly base: number;
  constructor(base: number) {
    this.base = base;
  }
  rate(): number {
    return this.base;
  }
}

/** base * gamma ^ floor(epoch / every), as torch's StepLR. */
export class StepRate implements Schedule {
  readonly base: number;
  readonly every: number;
  readonly gamma: number;
  constructor(base: number, options: { every: number; gamma?: number }) {
    this.base = base;
    this.every = options.every;
    this.gamma = options.gamma ?? 0.1;
  }
  rate({ epoch }: Progress): number {
    return this.base * this.gamma ** Math.floor(epoch / this.every);
  }
}

/**
 * Linear warm-up over `warmupSteps`, then half a cosine from base down to `minimum`
 * (Loshchilov & Hutter, SGDR, ICLR 2017, without restarts).
 */
export class CosineRate implements Schedule {
  readonly base: number;
  readonly warmupSteps: number;
  readonly minimum: number;
  constructor(base: number, options: { warmupSteps?: number; minimum?: number } = {}) {
    this.base = base;
    this.warmupSteps = options.warmupSteps ?? 0;
    this.minimum = options.minimum ?? 0;
  }
  rate({ step, totalSteps }: Progress): number {
    if (step < this.warmupSteps) return (this.base * (step + 1)) / this.warmupSteps;
    const length = Math.max(1, totalSteps - this.warmupSteps);
    const part = Math.min(1, (step - this.warmupSteps) / length);
    return this.minimum + (this.base - this.minimum) * 0.5 * (1 + Math.cos(Math.PI * part));
  }
}

/**
 * Multiplies the rate by `factor` when the observed loss has not fallen by `threshold` (relative) for
 * more than `patience` epochs, as torch's ReduceLROnPlateau. The paper's: factor 0.1, patience 10,
 * threshold 1e-4.
 */
export class ReduceLROnPlateau implements Schedule {
  readonly factor: number;
  readonly patience: number;
  readonly threshold: number;
  readonly minimum: number;
  private current: number;
  private best = Number.MAX_VALUE; // not Infinity, which JSON has no word for
  private bad = 0;
  constructor(
    base: number,
    options: { factor?: number; patience?: number; threshold?: number; minimum?: number } = {},
  ) {
    this.current = base;
    this.factor = options.factor ?? 0.1;
    this.patience = options.patience ?? 10;
    this.threshold = options.threshold ?? 1e-4;
    this.minimum = options.minimum ?? 0;
  }
  rate(): number {
    return this.current;
  }
  observe(validLoss: number): void {
    if (validLoss < this.best * (1 - this.threshold)) {
      this.best = validLoss;
      this.bad = 0;
    } else if (++this.bad > this.patience) {
      this.current = Math.max(this.minimum, this.current * this.factor);
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
}
