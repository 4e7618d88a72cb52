import {
  boolean,
  checkOptions,
  checkValue,
  finite,
  integer,
  notNegative,
  oneOf,
  positive,
} from '../gpu/check-options.ts';
import type { TypedSettings } from './settings.ts';

/** Progress of a run, for schedules. `epoch` and `step` count from 0; `step` counts over the whole run. */
export interface Progress {
  step: number;
  epoch: number;
  totalSteps: number;
  totalEpochs: number;
}

/** Determines the learning rate of each step. */
export interface Schedule {
  /** Returns the learning rate of the next step. */
  rate(progress: Progress): number;
  /** Receives the validation loss at the end of each epoch, or the training loss if there is no validation. */
  observe?(validLoss: number): void;
  /** Returns the state for a checkpoint, as plain JSON. */
  state?(): Record<string, number>;
  /** Restores the state that `state` returned. */
  restore?(state: Record<string, number>): void;
  /**
   * Returns type and constants. A checkpoint with other settings is rejected; without this method nothing is compared.
   */
  settings?(): TypedSettings;
  /**
   * Whether the rate depends on `totalSteps` or `totalEpochs` (default true). If not, an interrupted run can be resumed
   * with another number of epochs.
   */
  readonly dependsOnLength?: boolean;
}

const integerFrom0 = (value: unknown) => integer(value);

/** Keeps the learning rate constant. */
export class ConstantLR implements Schedule {
  readonly type = 'ConstantLR';
  readonly dependsOnLength = false;
  readonly learningRate: number;

  /** @throws RangeError when the rate is negative or not finite */
  constructor(learningRate: number) {
    checkValue('ConstantLR', 'learningRate', learningRate, notNegative);
    this.learningRate = learningRate;
  }

  rate(): number {
    return this.learningRate;
  }

  settings(): TypedSettings {
    return { type: this.type, version: 1, learningRate: this.learningRate };
  }
}

/** Options of `StepLR`. */
export interface StepLROptions {
  /** epochs between two reductions, at least 1 */
  stepSize: number;
  /** factor of each reduction, above 0 (default 0.1) */
  gamma?: number;
}

/** Computes learningRate * gamma ^ floor(epoch / stepSize), like torch.optim.lr_scheduler.StepLR. */
export class StepLR implements Schedule {
  readonly type = 'StepLR';
  readonly dependsOnLength = false;
  readonly learningRate: number;
  readonly stepSize: number;
  readonly gamma: number;

  /** @throws RangeError when an option is out of range; Error for an unknown option */
  constructor(learningRate: number, options: StepLROptions) {
    const stepSize = (value: unknown) => integer(value, 1);
    checkValue('StepLR', 'learningRate', learningRate, notNegative);
    checkOptions('StepLR', options, { stepSize, gamma: positive });
    checkValue('StepLR', 'stepSize', options?.stepSize, stepSize);
    this.learningRate = learningRate;
    this.stepSize = options.stepSize;
    this.gamma = options.gamma ?? 0.1;
  }

  rate({ epoch }: Progress): number {
    return this.learningRate * this.gamma ** Math.floor(epoch / this.stepSize);
  }

  settings(): TypedSettings {
    const { type, learningRate, stepSize, gamma } = this;
    return { type, version: 1, learningRate, stepSize, gamma };
  }
}

/** Options of `CosineAnnealingLR`. */
export interface CosineAnnealingLROptions {
  /** steps of the linear warm-up (default 0) */
  warmupSteps?: number;
  /** rate at the end of the run (default 0) */
  etaMin?: number;
}

/**
 * Increases the rate linearly over `warmupSteps` steps, then decreases it along half a cosine from `learningRate` to
 * `etaMin` at the end of the run (Loshchilov & Hutter, SGDR, ICLR 2017, without restarts). It is updated at every step,
 * whereas PyTorch's is usually updated once per epoch.
 */
export class CosineAnnealingLR implements Schedule {
  readonly type = 'CosineAnnealingLR';
  readonly dependsOnLength = true;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly etaMin: number;

  /** @throws RangeError when an option is out of range; Error for an unknown option */
  constructor(learningRate: number, options: CosineAnnealingLROptions = {}) {
    checkValue('CosineAnnealingLR', 'learningRate', learningRate, notNegative);
    checkOptions('CosineAnnealingLR', options, { warmupSteps: integerFrom0, etaMin: notNegative });
    this.learningRate = learningRate;
    this.warmupSteps = options.warmupSteps ?? 0;
    this.etaMin = options.etaMin ?? 0;
  }

  rate({ step, totalSteps }: Progress): number {
    if (step < this.warmupSteps) return (this.learningRate * (step + 1)) / this.warmupSteps;
    const length = Math.max(1, totalSteps - this.warmupSteps);
    const part = Math.min(1, (step - this.warmupSteps) / length);
    return this.etaMin + (this.learningRate - this.etaMin) * 0.5 * (1 + Math.cos(Math.PI * part));
  }

  settings(): TypedSettings {
    const { type, learningRate, warmupSteps, etaMin } = this;
    return { type, version: 1, learningRate, warmupSteps, etaMin };
  }
}

/** Options of `OneCycleLR`. */
export interface OneCycleLROptions {
  /** fraction of the run in which the rate increases, 0 to 1 (default 0.3) */
  pctStart?: number;
  /** whether the rate follows half a cosine or a line (default 'cos') */
  annealStrategy?: 'cos' | 'linear';
  /** the first rate is `maxLearningRate` divided by this, above 0 (default 25) */
  divFactor?: number;
  /** the last rate is the first one divided by this, above 0 (default 1e4) */
  finalDivFactor?: number;
  /**
   * whether the rate first returns to its initial value, as fast as it increased, and then falls further (default
   * false)
   */
  threePhase?: boolean;
}

const fractionOfRun = (value: unknown) => finite(value, 0, 1);

/**
 * Increases the rate from `maxLearningRate` / divFactor to `maxLearningRate`, then decreases it to the first rate /
 * finalDivFactor at the last step of the run (Smith & Topin, Super-Convergence, 2019), as
 * torch.optim.lr_scheduler.OneCycleLR with the run's number of steps. Unlike PyTorch's, it does not change the momentum
 * (`cycle_momentum=False`).
 */
export class OneCycleLR implements Schedule {
  readonly type = 'OneCycleLR';
  readonly dependsOnLength = true;
  readonly maxLearningRate: number;
  readonly pctStart: number;
  readonly annealStrategy: 'cos' | 'linear';
  readonly divFactor: number;
  readonly finalDivFactor: number;
  readonly threePhase: boolean;

  /** @throws RangeError when an option is out of range; Error for an unknown option */
  constructor(maxLearningRate: number, options: OneCycleLROptions = {}) {
    checkValue('OneCycleLR', 'maxLearningRate', maxLearningRate, notNegative);
    checkOptions('OneCycleLR', options, {
      pctStart: fractionOfRun,
      annealStrategy: (value) => oneOf(value, ['cos', 'linear']),
      divFactor: positive,
      finalDivFactor: positive,
      threePhase: boolean,
    });
    this.maxLearningRate = maxLearningRate;
    this.pctStart = options.pctStart ?? 0.3;
    this.annealStrategy = options.annealStrategy ?? 'cos';
    this.divFactor = options.divFactor ?? 25;
    this.finalDivFactor = options.finalDivFactor ?? 1e4;
    this.threePhase = options.threePhase ?? false;
  }

  /**
   * Returns the learning rate of a step.
   * @throws RangeError without a step or the number of all steps
   */
  rate({ step, totalSteps }: Progress): number {
    checkValue('OneCycleLR', 'step', step, integerFrom0);
    checkValue('OneCycleLR', 'totalSteps', totalSteps, (value) => integer(value, 1));
    const { maxLearningRate: high, pctStart } = this;
    const first = high / this.divFactor;
    const last = first / this.finalDivFactor;
    const turn = pctStart * totalSteps - 1;
    const end = totalSteps - 1;
    // [step at which the phase ends, rate there]
    const phases: [number, number][] = this.threePhase
      ? [
          [turn, high],
          [2 * pctStart * totalSteps - 2, first],
          [end, last],
        ]
      : [
          [turn, high],
          [end, last],
        ];
    let [begin, from] = [0, first];
    for (const [i, [until, to]] of phases.entries()) {
      if (step <= until || i === phases.length - 1) {
        const part = until > begin ? Math.min(1, (step - begin) / (until - begin)) : 1;
        if (this.annealStrategy === 'linear') return from + (to - from) * part;
        return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));
      }
      [begin, from] = [until, to];
    }
    return last;
  }

  settings(): TypedSettings {
    const { type, maxLearningRate, pctStart, annealStrategy, divFactor, finalDivFactor, threePhase } = this;
    return {
      type,
      version: 1,
      maxLearningRate,
      pctStart,
      annealStrategy,
      divFactor,
      finalDivFactor,
      threePhase,
    };
  }
}
