import type { BatchSource } from '../data/batch-source.ts';
import {
  boolean,
  callable,
  checkOptions,
  finite,
  fraction,
  having,
  integer,
  type OptionRules,
  oneOf,
  type Rule,
  seedRule,
} from '../gpu/check-options.ts';
import { expectModule } from '../layers/expect-module.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { asLoss } from '../loss/loss.ts';
import type { Schedule } from '../optim/schedules.ts';
import { checkBatchIsFilled, checkBatchParts } from './check-batch.ts';
import { type Classifier, outputsOf } from './classifier.ts';
import type { Evaluation } from './evaluate.ts';
import { checkLabels } from './labels.ts';
import { hasIgnored } from './step-input.ts';
import type { TrainingState } from './training-state.ts';
import type { StepMetrics, TrainingStepOptions } from './training-step.ts';

/** Options of `fit`. */
export interface FitOptions extends Omit<TrainingStepOptions, 'average'> {
  /** validation images; without them the last weights are kept */
  valid?: BatchSource;
  epochs: number;
  /** seed of the order of the images, augmentation and mixup (default 0) */
  seed?: number;
  /** learning rate per step (default: the constant rate of the optimizer) */
  schedule?: Schedule;
  /**
   * decay of an exponential moving average of the weights and running statistics, such as 0.999. The average is validated
   * and kept (default 0: no average)
   */
  ema?: number;
  /** whether to validate the mean over each image and its mirror image (default false) */
  mirror?: boolean;
  /** number of epochs without higher validation accuracy after which the run stops; needs `valid` (default: never) */
  earlyStop?: number;
  /**
   * number of steps whose metrics are read back together (default: read about every 0.1 s, at most 16 steps together, and
   * at least 16 times per epoch). Step events are emitted when their metrics arrive, while the next ones are computed.
   */
  metricsEvery?: number;
  /** stops after the submitted steps; `fit` then returns the result so far */
  signal?: AbortSignal;
  /** state from which an interrupted run is resumed, bit for bit */
  resume?: TrainingState;
  /** receives the state after each epoch, when stopped and when `checkpointDue` returns true; the run waits for it */
  onCheckpoint?: (state: TrainingState) => void | Promise<void>;
  /** called at each step; return true to also checkpoint after this step, such as every ten seconds */
  checkpointDue?: () => boolean;
}

/** Emitted by `fit` after each step. */
export interface StepEvent extends StepMetrics {
  kind: 'step';
  epoch: number;
  /** step, counted from 1 over the whole run */
  step: number;
  stepsPerEpoch: number;
  learningRate: number;
  imagesPerSecond: number;
}

/** Emitted by `fit` at the end of each epoch. */
export interface EpochEvent {
  kind: 'epoch';
  /** epoch, counted from 1 */
  epoch: number;
  /** mean over the epoch's images */
  trainLoss: number;
  /** mean of each part of the loss, by name; empty if the loss has no parts */
  parts: Record<string, number>;
  /** fraction of the labeled training images, with augmentation, that were predicted correctly */
  trainAccuracy: number;
  /** null without `valid` */
  valid: Evaluation | null;
  learningRate: number;
  imagesPerSecond: number;
  /** whether these weights are the best so far: by validation accuracy, then by validation loss */
  isBest: boolean;
}

/** Emitted by `fit` for a probable mistake. Training continues. */
export interface WarningEvent {
  kind: 'warning';
  /** epoch and step of the run, counted from 1 */
  epoch: number;
  step: number;
  message: string;
}

/** An event of `fit`. */
export type FitEvent = StepEvent | EpochEvent | WarningEvent;

/** Result of `fit`, also of a run that was stopped. */
export interface FitResult {
  /** number of completed epochs */
  epochs: number;
  /** the epoch whose weights were kept, counted from 1; 0 if no epoch was completed */
  bestEpoch: number;
  /** the parameters and running statistics that were kept, which the model also holds */
  best: StateDict;
  /** reason for ending before the last epoch; null otherwise */
  stopped: 'canceled' | 'early stop' | null;
}

const sourceRule: Rule = (value) => having(value, 'open', 'a BatchSource, such as a PictureSource');

/** Treats null like undefined, as the default. */
const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null ? undefined : rule(value);

const RULES: OptionRules<FitOptions> = /* @__PURE__ */ (() => ({
  train: sourceRule,
  valid: orNull(sourceRule),
  loss: (value) =>
    typeof value === 'function'
      ? undefined
      : having(value, 'call', 'a loss with call(logits, targets), or a function'),
  optimizer: (value) => having(value, 'step', 'an optimizer, such as new Adam(model)'),
  batch: (value) => integer(value, 2),
  accumulate: (value) => integer(value, 1),
  cacheFeatures: boolean,
  recompute: boolean,
  side: (value) => integer(value, 1),
  epochs: (value) => integer(value, 1),
  seed: seedRule,
  augmentation: orNull((value) =>
    typeof value === 'object' && !Array.isArray(value)
      ? undefined
      : 'an augmentation object, such as STRONG_AUGMENTATION or augmentationNamed(name) of feathergrad/data',
  ),
  targets: (value) => oneOf(value, ['labels', 'distribution']),
  mixup: (value) => finite(value, 0, 1),
  schedule: (value) => having(value, 'rate', 'a schedule, such as new CosineAnnealingLR(learningRate)'),
  ema: fraction,
  mirror: boolean,
  earlyStop: (value) => integer(value, 1),
  metricsEvery: (value) => integer(value, 1),
  onProgress: callable,
  signal: (value) => having(value, 'aborted', 'an AbortSignal'),
  resume: (value) => having(value, 'position', 'a TrainingState, such as decodeCheckpoint(bytes).state'),
  onCheckpoint: callable,
  checkpointDue: callable,
}))();

/**
 * Checks the options before anything runs.
 * @throws Error when options are unknown, missing, out of range, or do not fit the model or each other
 */
export function checkFitOptions(model: Classifier, options: FitOptions): void {
  expectModule('fit', model);
  if (!model.parameters().some(({ requiresGrad }) => requiresGrad)) {
    throw new Error('fit: all parameters of the model are frozen. Call unfreeze() on the modules to train.');
  }
  checkOptions('fit', options, RULES, ['train', 'loss', 'optimizer', 'epochs', 'batch', 'side']);
  const { train, valid, batch, earlyStop, accumulate = 1, targets = 'labels', mixup = 0 } = options;
  const loss = asLoss(options.loss);
  checkBatchParts('fit: ', { batch, accumulate, mixup });
  if (accumulate > 1 && 'firstStep' in options.optimizer) {
    throw new Error(
      `fit: accumulate: got ${accumulate} with SAM, expected 1: SAM computes both gradients of a step from one whole batch. ` +
        'Remove accumulate, or use the wrapped optimizer.',
    );
  }
  if (targets === 'distribution' && !train.hasTargets) {
    throw new Error(
      "fit: targets: got 'distribution', but the training images have only labels. Create the source with { distributions }.",
    );
  }
  if (earlyStop !== undefined && !valid) {
    throw new Error(
      `fit: earlyStop needs validation, but there is no valid source (got ${earlyStop}). Add valid, or remove earlyStop.`,
    );
  }
  checkBatchIsFilled('fit: ', train.length, batch);
  const outputs = outputsOf('fit', model, options);
  const names = [['training', train] as const, ...(valid ? [['validation', valid] as const] : [])];
  for (const [what, source] of names) {
    if (source.classNames.length !== outputs) {
      throw new Error(
        `fit: the ${what} images have ${source.classNames.length} classes (${source.classNames.join(', ')}), ` +
          `but the model has ${outputs}. Create the model with ${model.classNames ? '{ classes: source.classNames }' : 'source.classNames.length outputs'}.`,
      );
    }
    checkLabels(`fit: ${what} images`, source, loss.ignoreIndex);
  }
  if (loss.reduction === 'none') {
    throw new Error("fit: loss: reduction 'none' returns one loss per image. Use 'mean' or 'sum'.");
  }
  const ignored = hasIgnored(options);
  if (ignored && mixup > 0) {
    throw new Error(
      'fit: mixup would blend images whose labels are ignored. Remove those images, or do not use mixup.',
    );
  }
  loss.check?.({
    classes: outputs,
    hasEmbedding: model.forwardWithEmbedding !== undefined,
    isMixed: mixup > 0,
    hasIgnored: ignored,
  });
}
