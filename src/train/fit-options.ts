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
import type { StateDict } from '../layers/state-dict.ts';
import { asLoss } from '../loss/loss.ts';
import type { Schedule } from '../optim/schedules.ts';
import { type Classifier, expectModule, outputsOf } from './classifier.ts';
import type { Evaluation } from './evaluate.ts';
import { checkLabels } from './labels.ts';
import type { TrainingState } from './training-state.ts';
import { hasIgnored, type StepMetrics, type TrainingStepOptions } from './training-step.ts';

/** Options of `fit`. */
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
  /** gets the state after each epoch, when canceled and when it is due; the run goes on when it has returned */
  onCheckpoint?: (state: TrainingState) => void | Promise<void>;
  /** asked at each step whether `onCheckpoint` shall have the state behind it too, such as once in ten seconds */
  checkpointDue?: () => boolean;
}

/** Emitted by `fit` after each step. */
export interface StepEvent extends StepMetrics {
  kind: 'step';
  epoch: number;
  /** counts from 1 over the whole run */
  step: number;
  stepsPerEpoch: number;
  learningRate: number;
  picturesPerSecond: number;
}

/** Emitted by `fit` at the end of each epoch. */
export interface EpochEvent {
  kind: 'epoch';
  /** counts from 1 */
  epoch: number;
  /** mean over the epoch's images */
  trainLoss: number;
  /** mean of each part of the loss, by name; empty if the loss gives none */
  parts: Record<string, number>;
  /** share of the labeled training images, as augmented, whose class was predicted */
  trainAccuracy: number;
  /** null without `valid` */
  valid: Evaluation | null;
  learningRate: number;
  picturesPerSecond: number;
  /** whether these weights are the best so far */
  isBest: boolean;
}

/** Emitted by `fit` for what is probably a mistake, though training continues. */
export interface WarningEvent {
  kind: 'warning';
  /** epoch and step of the run, counted from 1 */
  epoch: number;
  step: number;
  message: string;
}

/** What `fit` emits. */
export type FitEvent = StepEvent | EpochEvent | WarningEvent;

/** What `fit` returns when it ends, whether by itself or stopped. */
export interface FitResult {
  /** epochs that were run to their end */
  epochs: number;
  /** the epoch whose weights were kept, counted from 1; 0 where none had ended */
  bestEpoch: number;
  /** parameters and running statistics that were kept; the model holds them too */
  best: StateDict;
  /** why it ended before its last epoch */
  stopped: 'canceled' | 'early stop' | null;
}

const sourceRule: Rule = (value) => having(value, 'open', 'a BatchSource, such as a PictureSource');

/** null stands for the default, as undefined does. */
const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null ? undefined : rule(value);

const RULES: OptionRules<FitOptions> = {
  train: sourceRule,
  valid: orNull(sourceRule),
  loss: (value) =>
    typeof value === 'function'
      ? undefined
      : having(value, 'call', 'a loss with call(logits, targets), or a function'),
  optimizer: (value) => having(value, 'step', 'an optimizer, such as new Adam(model)'),
  batch: (value) => integer(value, 2),
  accumulate: (value) => integer(value, 1),
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
  signal: (value) => having(value, 'aborted', 'an AbortSignal'),
  resume: (value) => having(value, 'position', 'a TrainingState, such as decodeCheckpoint(bytes).state'),
  onCheckpoint: callable,
  checkpointDue: callable,
};

/**
 * Checks the options before anything runs.
 * @throws Error for options that are unknown, missing, out of range, or do not fit the model or one another
 */
export function checkFitOptions(model: Classifier, options: FitOptions): void {
  expectModule('fit', model);
  if (!model.parameters().some(({ requiresGrad }) => requiresGrad)) {
    throw new Error(
      'fit: all parameters of the model are frozen, expected at least one that is not; unfreeze() some',
    );
  }
  checkOptions('fit', options, RULES, ['train', 'loss', 'optimizer', 'epochs', 'batch', 'side']);
  const { train, valid, batch, earlyStop, accumulate = 1, targets = 'labels', mixup = 0 } = options;
  const loss = asLoss(options.loss);
  if (batch % accumulate !== 0 || batch / accumulate < 2) {
    throw new Error(
      `fit: accumulate must divide the batch of ${batch} into equal parts of at least 2 images, got ${accumulate}`,
    );
  }
  if (mixup > 0 && accumulate > 1 && (batch / accumulate) % 2 !== 0) {
    throw new Error(
      `fit: mixup blends images in pairs, which parts of ${batch / accumulate} images would separate (batch ${batch}, ` +
        `accumulate ${accumulate}); expected parts of an even number. Change batch or accumulate.`,
    );
  }
  if (targets === 'distribution' && !train.hasTargets) {
    throw new Error(
      'fit: targets are the distribution, but the training images have labels alone; make the source with { distributions }',
    );
  }
  if (earlyStop !== undefined && !valid) {
    throw new Error(`fit: earlyStop watches the validation, but there is no valid source (got ${earlyStop})`);
  }
  if (train.length < batch) {
    throw new Error(
      `fit: ${train.length} training images do not fill one batch of ${batch}; use a smaller batch`,
    );
  }
  const outputs = outputsOf('fit', model, options);
  const names = [['training', train] as const, ...(valid ? [['validation', valid] as const] : [])];
  for (const [what, source] of names) {
    if (source.classNames.length !== outputs) {
      throw new Error(
        `fit: the ${what} images have ${source.classNames.length} classes (${source.classNames.join(', ')}), ` +
          `the model ${outputs}; make the model with ${model.classNames ? '{ classes: source.classNames }' : 'source.classNames.length outputs'}`,
      );
    }
    checkLabels(`fit: ${what} images`, source, loss.ignoreIndex);
  }
  if (loss.reduction === 'none') {
    throw new Error("fit: loss: reduction 'none' gives one loss per image; use 'mean' or 'sum'");
  }
  const ignored = hasIgnored(options);
  if (ignored && mixup > 0) {
    throw new Error(
      'fit: mixup blends images with labels that are ignored; leave those images out, or mixup',
    );
  }
  loss.check?.({
    classes: outputs,
    hasEmbedding: model.forwardWithEmbedding !== undefined,
    isMixed: mixup > 0,
    hasIgnored: ignored,
  });
}
