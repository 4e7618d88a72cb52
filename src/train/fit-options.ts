import type { BatchSource } from '../data/batch-source.ts';
import type { StateDict } from '../layers/state-dict.ts';
import type { Schedule } from '../optim/schedules.ts';
import { type Classifier, outputsOf } from './classifier.ts';
import type { Evaluation } from './evaluate.ts';
import { checkMixup } from './mixup.ts';
import type { TrainingState } from './training-state.ts';
import type { StepMetrics, TrainingStepOptions } from './training-step.ts';

/** What `fit` takes. */
export interface FitOptions extends Omit<TrainingStepOptions, 'average'> {
  /** without it the best weights are the last ones */
  valid?: BatchSource;
  epochs: number;
  /** order of the pictures, augmentation and mixup */
  seed?: number;
  /** learning rate by step; the optimizer's own rate when left out */
  schedule?: Schedule;
  /**
   * decay of a moving average of the weights and running statistics, such as 0.999; it is what is validated and kept.
   * 0 for none
   */
  ema?: number;
  /** validates the mean of each picture and its mirror image */
  mirror?: boolean;
  /** stop when validation accuracy has not risen for so many epochs; needs `valid` */
  earlyStop?: number;
  /** stops after the running step; what was reached is returned */
  signal?: AbortSignal;
  /** goes on from here, to the last bit as if the run had not been interrupted */
  resume?: TrainingState;
  /** gets the state after each epoch, when cancelled and when it is due; the run goes on when it has returned */
  onCheckpoint?: (state: TrainingState) => void | Promise<void>;
  /** asked at each step whether `onCheckpoint` shall have the state behind it too, such as once in ten seconds */
  checkpointDue?: () => boolean;
}

/** What `fit` tells after each step. */
export interface StepEvent extends StepMetrics {
  kind: 'step';
  epoch: number;
  /** counts from 1 over the whole run */
  step: number;
  stepsPerEpoch: number;
  learningRate: number;
  picturesPerSecond: number;
}

/** What `fit` tells at the end of each epoch. */
export interface EpochEvent {
  kind: 'epoch';
  /** counts from 1 */
  epoch: number;
  /** mean over the epoch's pictures */
  trainLoss: number;
  crossEntropy: number;
  center: number;
  /** share of the training pictures that were recognised, as augmented */
  trainAccuracy: number;
  /** null without `valid` */
  valid: Evaluation | null;
  learningRate: number;
  picturesPerSecond: number;
  /** whether these weights are the ones kept so far */
  isBest: boolean;
}

/** What `fit` returns when it ends, whether by itself or stopped. */
export interface FitResult {
  /** epochs that were run to their end */
  epochs: number;
  /** the epoch whose weights were kept, counted from 1; 0 where none had ended */
  bestEpoch: number;
  /** parameters and running statistics that were kept; the model holds them too */
  best: StateDict;
  /** why it ended before its last epoch */
  stopped: 'cancelled' | 'early stop' | null;
}

/** @throws Error for options that do not fit the model or one another */
export function checkFitOptions(model: Classifier, options: FitOptions): void {
  const { train, valid, batch, epochs, earlyStop, accumulate = 1, targets, mixup = 0, loss } = options;
  if (!Number.isInteger(batch) || batch < 2) {
    throw new Error(
      `fit: batch must be a whole number of at least 2 (batch norm needs two pictures), got ${batch}`,
    );
  }
  if (!Number.isInteger(accumulate) || accumulate < 1 || batch % accumulate !== 0 || batch / accumulate < 2) {
    throw new Error(
      `fit: accumulate must cut the batch of ${batch} into equal parts of at least 2 pictures, got ${accumulate}`,
    );
  }
  if (targets === 'distribution' && !train.hasTargets) {
    throw new Error(
      'fit: targets are the distribution, but the training pictures have labels alone; make the source with { distributions }',
    );
  }
  if (mixup !== 0) {
    checkMixup(mixup);
    if (loss.center) {
      throw new Error(
        'fit: mixup blends pictures of two classes, of which the centre loss wants one; leave one out',
      );
    }
  }
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new Error(`fit: epochs must be a positive whole number, got ${epochs}`);
  if (earlyStop !== undefined && (!valid || !Number.isInteger(earlyStop) || earlyStop < 1)) {
    throw new Error(
      `fit: earlyStop must be a positive whole number, and valid be given for it to watch; got ${earlyStop}` +
        `${valid ? '' : ' without valid'}`,
    );
  }
  if (train.length < batch) {
    throw new Error(
      `fit: ${train.length} training pictures do not fill one batch of ${batch}; use a smaller batch`,
    );
  }
  const outputs = outputsOf('fit', model, options);
  const names = [['training', train] as const, ...(valid ? [['validation', valid] as const] : [])];
  for (const [what, source] of names) {
    if (source.classNames.length !== outputs) {
      throw new Error(
        `fit: the ${what} pictures have ${source.classNames.length} classes (${source.classNames.join(', ')}), ` +
          `the model ${outputs}; make the model with ${model.classNames ? '{ classes: source.classNames }' : 'source.classNames.length outputs'}`,
      );
    }
  }
  if (loss.center && loss.over === 'embedding' && !model.forwardWithEmbedding) {
    throw new Error(
      "fit: the centre loss acts on an embedding, and this model has no forwardWithEmbedding; take over: 'logits'",
    );
  }
}
