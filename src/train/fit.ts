import type { BatchSource } from '../data/batch-source.ts';
import { shuffle } from '../data/picture-source.ts';
import { startTraining } from '../layers/in-evaluation.ts';
import type { StateDict } from '../layers/state-dict.ts';
import type { Progress, Schedule } from '../optim/schedules.ts';
import { ConstantLR } from '../optim/schedules.ts';
import type { Classifier } from './classifier.ts';
import { Evaluator } from './evaluate.ts';
import {
  checkFitOptions,
  type EpochEvent,
  type FitOptions,
  type FitResult,
  type StepEvent,
} from './fit-options.ts';
import { withAdvice } from './memory-estimate.ts';
import { MovingAverage } from './moving-average.ts';
import {
  describeRun,
  type RunParts,
  readTrainingState,
  type TrainingState,
  writeTrainingState,
} from './training-state.ts';
import { type StepMetrics, TrainingStep } from './training-step.ts';

/**
 * Trains a model: an asynchronous iterator of steps and epochs. The step is recorded once and replayed;
 * a batch is uploaded while the one before computes. The weights of the epoch with the best validation
 * accuracy are kept and put back at the end, also when cancelled. Without validation, or before an epoch
 * has ended, those of the last step stay (of their moving average, where there is one).
 *
 * @throws NonFiniteError naming the first layer whose output or gradient was not finite; the weights
 *   are then those of the best epoch, or of the last good step where none was kept
 * @throws ResumeError for a state of another model, of other data or another recipe
 * @throws Error for options that do not fit the model or one another
 */
export async function* fit(
  model: Classifier,
  options: FitOptions,
): AsyncGenerator<StepEvent | EpochEvent, FitResult> {
  const { train, valid, batch, epochs, seed = 0, loss, optimizer, earlyStop, signal, resume } = options;
  const { ema = 0, onCheckpoint } = options;
  checkFitOptions(model, options);
  const schedule: Schedule = options.schedule ?? new ConstantLR(optimizer.learningRate);
  const stepsPerEpoch = Math.floor(train.length / batch);
  let best: TrainingState['best'] = null;
  let stopped: FitResult['stopped'] = signal?.aborted ? 'cancelled' : null;
  let epoch = 0;
  let done = 0; // steps of the running epoch
  let sums = noSums();
  let work: TrainingStep | null = null;
  let evaluator: Evaluator | null = null;
  const average = ema > 0 ? new MovingAverage(model, ema) : null;
  const parts: RunParts = { model, loss, optimizer, schedule, average };
  const hasStalled = () => earlyStop !== undefined && best !== null && epoch - best.epoch >= earlyStop;
  const validated = <T>(fn: () => Promise<T>) => (average ? average.within(fn) : fn());
  const run = resume || onCheckpoint ? describeRun(parts, { train, valid }, recipeOf(options)) : {};
  const checkpoint = async () =>
    onCheckpoint?.(await readTrainingState(parts, { position: { epoch, step: done }, sums, best, run }));
  if (resume) {
    await writeTrainingState(parts, resume, run).catch((error: unknown) => {
      average?.dispose();
      throw error;
    });
    ({ epoch, step: done } = resume.position);
    sums = { ...resume.sums };
    best = resume.best;
    // the last state of a run that ended so was taken just before it did
    if (epoch < epochs && hasStalled()) stopped ??= 'early stop';
  }
  try {
    startTraining(model);
    work = await TrainingStep.create(model, { ...options, average }).catch((error: unknown) => {
      throw withAdvice(error, model, options);
    });
    if (valid) evaluator = await Evaluator.create(model, valid, options);
    while (epoch < epochs && !stopped) {
      const order = orderOf(train, epoch, seed);
      const batchAt = (i: number) => order.slice(i * batch, (i + 1) * batch);
      const started = performance.now();
      const before = sums.pictures;
      const speed = () => (sums.pictures - before) / ((performance.now() - started) / 1000);
      let rate = optimizer.learningRate;
      let behind: { indices: number[]; step: number; rate: number; metrics: Promise<StepMetrics> } | null =
        null;
      for (let i = done; i <= stepsPerEpoch; i++) {
        const previous: typeof behind = behind;
        behind = null;
        // where it is, the next step waits: the state must not hold half of it
        const isDue = previous && i < stepsPerEpoch && !stopped && options.checkpointDue?.();
        if (i < stepsPerEpoch && !stopped && !isDue) {
          const indices = batchAt(i);
          await work.prepare(indices);
          const step = epoch * stepsPerEpoch + i;
          const progress: Progress = { step, epoch, totalSteps: epochs * stepsPerEpoch, totalEpochs: epochs };
          rate = schedule.rate(progress);
          const metrics = work.run(indices, rate, step);
          metrics.catch(() => {}); // awaited a step later; until then nobody listens for its failure
          // read ahead while the device computes; a failure is met when the batch is asked for
          if (i + 1 < stepsPerEpoch) work.prepare(batchAt(i + 1)).catch(() => {});
          behind = { indices, step, rate, metrics };
        }
        if (!previous) continue;
        const metrics: StepMetrics = await previous.metrics;
        if (!metrics.isFinite) {
          await behind?.metrics;
          throw await work.explain(previous.indices, previous.step);
        }
        done++;
        addTo(sums, metrics, batch);
        if (isDue) await checkpoint();
        yield {
          kind: 'step',
          ...metrics,
          epoch: epoch + 1,
          step: previous.step + 1,
          stepsPerEpoch,
          learningRate: previous.rate,
          picturesPerSecond: speed(),
        };
        if (signal?.aborted) stopped = 'cancelled';
        if (isDue) i--;
      }
      const picturesPerSecond = speed();
      if (stopped) {
        await checkpoint();
        break;
      }
      const { validation, isBest, state } = await validated(async () => {
        const validation = evaluator ? await evaluator.run() : null;
        const isBest = !best || !validation || validation.accuracy > best.accuracy;
        return { validation, isBest, state: validation && isBest ? await model.stateDict() : null };
      });
      if (validation && state) best = { state, accuracy: validation.accuracy, epoch: epoch + 1 };
      const { pictures } = sums;
      schedule.observe?.(validation?.loss ?? sums.loss / pictures);
      const event: EpochEvent = {
        kind: 'epoch',
        epoch: epoch + 1,
        trainLoss: sums.loss / pictures,
        crossEntropy: sums.crossEntropy / pictures,
        center: sums.center / pictures,
        trainAccuracy: sums.correct / pictures,
        valid: validation,
        learningRate: rate,
        picturesPerSecond,
        isBest,
      };
      epoch++;
      done = 0;
      sums = noSums();
      yield event;
      await checkpoint();
      if (epoch === epochs) continue;
      if (signal?.aborted) stopped = 'cancelled';
      else if (hasStalled()) stopped = 'early stop';
    }
    if (!best && average && (epoch > 0 || done > 0)) {
      best = { state: await average.within(() => model.stateDict()), accuracy: 0, epoch };
    }
  } finally {
    work?.dispose();
    evaluator?.dispose();
    average?.dispose();
    model.eval();
    if (best) restore(model, best.state);
  }
  best ??= { state: await model.stateDict(), accuracy: 0, epoch };
  return { epochs: epoch, bestEpoch: best.epoch, best: best.state, stopped };
}

function noSums(): TrainingState['sums'] {
  return { loss: 0, crossEntropy: 0, center: 0, correct: 0, pictures: 0 };
}

function addTo(sums: TrainingState['sums'], metrics: StepMetrics, batch: number): void {
  sums.loss += metrics.loss * batch;
  sums.crossEntropy += metrics.crossEntropy * batch;
  sums.center += metrics.center * batch;
  sums.correct += metrics.correct;
  sums.pictures += batch;
}

/** What of the options makes the run what it is. */
function recipeOf(options: FitOptions): Record<string, unknown> {
  const {
    epochs,
    batch,
    accumulate = 1,
    side,
    seed = 0,
    augmentation,
    targets = 'labels',
    mixup = 0,
  } = options;
  return { epochs, batch, accumulate, side, seed, augmentation, targets, mixup, mirror: options.mirror };
}

/** Puts weights back unless the device is gone, whose error is the one to see. */
function restore(model: Classifier, state: StateDict): void {
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

export type { EpochEvent, FitOptions, FitResult, StepEvent } from './fit-options.ts';
