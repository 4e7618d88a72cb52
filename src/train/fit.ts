import type { BatchSource } from '../data/batch-source.ts';
import { shuffle } from '../data/picture-source.ts';
import type { StateDict } from '../layers/state-dict.ts';
import type { SoftmaxCenterLoss } from '../loss/softmax-center-loss.ts';
import type { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Progress, Schedule } from '../optim/schedules.ts';
import { ConstantRate } from '../optim/schedules.ts';
import { type Evaluation, Evaluator } from './evaluate.ts';
import { NonFiniteError } from './non-finite.ts';
import { type StepMetrics, TrainingStep } from './training-step.ts';

export interface FitOptions {
  train: BatchSource;
  /** without it the best weights are the last ones */
  valid?: BatchSource;
  loss: SoftmaxCenterLoss;
  optimizer: Optimizer;
  epochs: number;
  batch: number;
  /** pixels along each side that pictures are resized to */
  side: number;
  /** order of the pictures */
  seed?: number;
  /** learning rate by step; the optimizer's own rate when left out */
  schedule?: Schedule;
  /** stop when validation accuracy has not risen for so many epochs; needs `valid` */
  earlyStop?: number;
  /** stops after the running step; what was reached is returned */
  signal?: AbortSignal;
}

export interface StepEvent extends StepMetrics {
  kind: 'step';
  epoch: number;
  /** counts from 1 over the whole run */
  step: number;
  stepsPerEpoch: number;
  learningRate: number;
  picturesPerSecond: number;
}

export interface EpochEvent {
  kind: 'epoch';
  /** counts from 1 */
  epoch: number;
  trainLoss: number;
  crossEntropy: number;
  center: number;
  trainAccuracy: number;
  valid: Evaluation | null;
  learningRate: number;
  picturesPerSecond: number;
  isBest: boolean;
}

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

/**
 * Trains a model: an asynchronous iterator of steps and epochs. The step is recorded once and replayed;
 * a batch is uploaded while the one before computes. The weights of the epoch with the best validation
 * accuracy are kept and put back at the end, also when cancelled. Without validation, or before an epoch
 * has ended, those of the last step stay.
 *
 * @throws NonFiniteError naming the first layer whose output or gradient was not finite; the weights
 *   are then those of the best epoch, or of the last good step where none was kept
 * @throws Error for options that do not fit the model or one another
 */
export async function* fit(
  model: FerMobileNetV3,
  options: FitOptions,
): AsyncGenerator<StepEvent | EpochEvent, FitResult> {
  const { train, valid, batch, epochs, seed = 0, optimizer, earlyStop, signal } = options;
  check(model, options);
  const schedule: Schedule = options.schedule ?? new ConstantRate(optimizer.learningRate);
  const stepsPerEpoch = Math.floor(train.length / batch);
  let best: { state: StateDict; accuracy: number; epoch: number } | null = null;
  let stopped: FitResult['stopped'] = signal?.aborted ? 'cancelled' : null;
  let epoch = 0;
  let work: TrainingStep | null = null;
  let evaluator: Evaluator | null = null;
  try {
    model.train();
    work = await TrainingStep.create(model, options);
    if (valid) evaluator = await Evaluator.create(model, valid, options);
    for (; epoch < epochs && !stopped; epoch++) {
      const order = orderOf(train, epoch, seed);
      const sums = { loss: 0, crossEntropy: 0, center: 0, correct: 0, pictures: 0 };
      const started = performance.now();
      let rate = optimizer.learningRate;
      let behind: { indices: number[]; step: number; rate: number; metrics: Promise<StepMetrics> } | null =
        null;
      for (let i = 0; i <= stepsPerEpoch; i++) {
        const previous: typeof behind = behind;
        behind = null;
        if (i < stepsPerEpoch && !stopped) {
          const indices = order.slice(i * batch, (i + 1) * batch);
          const step = epoch * stepsPerEpoch + i;
          const progress: Progress = { step, epoch, totalSteps: epochs * stepsPerEpoch, totalEpochs: epochs };
          rate = schedule.rate(progress);
          const metrics = work.run(indices, rate);
          metrics.catch(() => {}); // awaited a step later; until then nobody listens for its failure
          behind = { indices, step: step + 1, rate, metrics };
        }
        if (!previous) continue;
        const metrics: StepMetrics = await previous.metrics;
        if (!metrics.isFinite) {
          await behind?.metrics;
          throw await work.explain(previous.indices, previous.step);
        }
        sums.loss += metrics.loss * batch;
        sums.crossEntropy += metrics.crossEntropy * batch;
        sums.center += metrics.center * batch;
        sums.correct += metrics.correct;
        sums.pictures += batch;
        const picturesPerSecond = sums.pictures / ((performance.now() - started) / 1000);
        yield {
          kind: 'step',
          ...metrics,
          epoch: epoch + 1,
          step: previous.step,
          stepsPerEpoch,
          learningRate: previous.rate,
          picturesPerSecond,
        };
        if (signal?.aborted) stopped = 'cancelled';
      }
      const picturesPerSecond = sums.pictures / ((performance.now() - started) / 1000);
      if (stopped) break;
      const validation = evaluator ? await evaluator.run() : null;
      schedule.observe?.(validation?.loss ?? sums.loss / sums.pictures);
      const isBest = !best || !validation || validation.accuracy > best.accuracy;
      if (validation && isBest) {
        best = { state: await model.stateDict(), accuracy: validation.accuracy, epoch: epoch + 1 };
      }
      yield {
        kind: 'epoch',
        epoch: epoch + 1,
        trainLoss: sums.loss / sums.pictures,
        crossEntropy: sums.crossEntropy / sums.pictures,
        center: sums.center / sums.pictures,
        trainAccuracy: sums.correct / sums.pictures,
        valid: validation,
        learningRate: rate,
        picturesPerSecond,
        isBest,
      };
      if (epoch + 1 === epochs) continue;
      if (signal?.aborted) stopped = 'cancelled';
      else if (earlyStop !== undefined && best && epoch + 1 - best.epoch >= earlyStop) stopped = 'early stop';
    }
  } finally {
    work?.dispose();
    evaluator?.dispose();
    model.eval();
    if (best) restore(model, best.state);
  }
  best ??= { state: await model.stateDict(), accuracy: 0, epoch };
  return { epochs: epoch, bestEpoch: best.epoch, best: best.state, stopped };
}

/** Puts weights back unless the device is gone, whose error is the one to see. */
function restore(model: FerMobileNetV3, state: StateDict): void {
  try {
    model.loadStateDict(state);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DeviceLostError') throw error;
  }
}

function orderOf(source: BatchSource, epoch: number, seed: number): number[] {
  const start = source.order === 'endless' ? epoch * source.length : 0;
  const order = Array.from({ length: source.length }, (_, i) => start + i);
  if (source.order === 'shuffle') shuffle(order, seed + 7919 * epoch);
  return order;
}

function check(model: FerMobileNetV3, { train, valid, batch, epochs, earlyStop }: FitOptions): void {
  if (!Number.isInteger(batch) || batch < 2) {
    throw new Error(
      `fit: batch must be a whole number of at least 2 (batch norm needs two pictures), got ${batch}`,
    );
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
  const names = [['training', train] as const, ...(valid ? [['validation', valid] as const] : [])];
  for (const [what, source] of names) {
    if (source.classNames.length !== model.classNames.length) {
      throw new Error(
        `fit: the ${what} pictures have ${source.classNames.length} classes (${source.classNames.join(', ')}), ` +
          `the model ${model.classNames.length}; make the model with { classes: source.classNames }`,
      );
    }
  }
}

export { NonFiniteError };
