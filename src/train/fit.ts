import type { BatchSource } from '../data/batch-source.ts';
import { shuffle } from '../data/picture-source.ts';
import { startTraining } from '../layers/in-evaluation.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { asLoss } from '../loss/loss.ts';
import { ConstantLR, type Schedule } from '../optim/schedules.ts';
import { BackgroundEvaluator } from './background-evaluator.ts';
import type { Classifier } from './classifier.ts';
import { checkDivergence } from './diverged-error.ts';
import { type EndedStep, epochSteps } from './epoch-steps.ts';
import { addTo, meansOf, noSums } from './epoch-sums.ts';
import {
  checkFitOptions,
  type EpochEvent,
  type FitEvent,
  type FitOptions,
  type FitResult,
} from './fit-options.ts';
import { isBetter } from './is-better.ts';
import { withAdvice } from './memory-estimate.ts';
import { MovingAverage } from './moving-average.ts';
import { PartWarnings } from './part-warnings.ts';
import { ReadPace } from './read-pace.ts';
import { identityOf } from './run-identity.ts';
import { tuningOfRun } from './run-tuning.ts';
import {
  type RunParts,
  readTrainingState,
  type TrainingState,
  writeTrainingState,
} from './training-state.ts';
import { TrainingStep } from './training-step.ts';

/** A run of `fit`: an async iterator of its events and a promise of its result. */
export type FitRun = AsyncGenerator<FitEvent, FitResult> & PromiseLike<FitResult>;

/**
 * Trains a model. Nothing runs until the result is iterated or awaited:
 *
 *   for await (const event of fit(model, options)) console.log(event);
 *   const { bestEpoch } = await fit(model, options);
 *
 * Because a run can be awaited, an async function that returns it resolves to the result of the whole run. To return
 * the iterator instead, wrap it in an object.
 *
 * The step is recorded once and replayed; each batch is uploaded while the previous one is computed. The metrics of
 * several fast steps are read back together, so that training does not wait for each read: their events follow each
 * other, about 0.1 s after the steps (see `metricsEvery`), and the model may already be some steps ahead. At the end of an
 * epoch, at a checkpoint and after a stop all events of the steps so far have been emitted. The weights of the
 * epoch with the best validation accuracy are restored at the end, also after an error or a stop; among epochs of equal
 * accuracy the one with the lowest validation loss, and among these the earliest. Without validation, or
 * before the first epoch is complete, the model keeps the weights of the last step (or their moving average, if used).
 *
 * All modules are put into training mode, except frozen ones (`module.freeze()`) and submodules on which evaluation mode
 * was set directly, such as by `model.features.eval()`: their batch norm keeps its running statistics bit for bit. (In
 * your own loop, `model.train()` puts the latter back into training mode, as in PyTorch.) If modules are frozen, unfrozen
 * or change their mode between two events, this takes effect from the next submitted step.
 *
 * @throws NonFiniteError with the first layer whose output or gradient was not finite; without a best epoch the weights
 *   are then those of the last finite step
 * @throws DivergedError when the loss exceeds 1e6 times the first loss
 * @throws ResumeError for a checkpoint of another model, other data or other settings
 * @throws RangeError when a label is not a class, with the image
 * @throws Error when options are unknown, out of range, or do not fit the model or each other
 */
export function fit(model: Classifier, options: FitOptions): FitRun {
  let result: FitResult | undefined;
  async function* run(): AsyncGenerator<FitEvent, FitResult> {
    result = yield* train(model, options);
    return result;
  }
  const events = run();
  const finish = async (): Promise<FitResult> => {
    for (let next = await events.next(); !next.done; ) next = await events.next();
    if (!result)
      throw new Error(
        'fit: the iteration ended before the run did, so there is no result. Iterate to the end, or await the run.',
      );
    return result;
  };
  let finished: Promise<FitResult> | undefined;
  const then: PromiseLike<FitResult>['then'] = (onResult, onError) => {
    finished ??= finish();
    return finished.then(onResult, onError);
  };
  // makes `await fit(...)` train instead of doing nothing
  return Object.assign(events, { then });
}

async function* train(model: Classifier, options: FitOptions): AsyncGenerator<FitEvent, FitResult> {
  checkFitOptions(model, options);
  const { train, valid, batch, epochs, seed = 0, loss, optimizer, earlyStop, signal, resume } = options;
  const { ema = 0, onCheckpoint } = options;
  const schedule: Schedule = options.schedule ?? new ConstantLR(optimizer.learningRate);
  const stepsPerEpoch = Math.floor(train.length / batch);
  const total = { totalSteps: epochs * stepsPerEpoch, totalEpochs: epochs };
  let best: TrainingState['best'] = null;
  let stopped: FitResult['stopped'] = signal?.aborted ? 'canceled' : null;
  let epoch = 0;
  let done = 0; // completed steps of the current epoch
  let sums = noSums();
  let firstLoss: number | null = null;
  let work: TrainingStep | null = null;
  const warnings = new PartWarnings();
  const average = ema > 0 ? new MovingAverage(model, ema) : null;
  const parts: RunParts = { model, loss, optimizer, schedule, average };
  const hasStalled = () =>
    earlyStop !== undefined && best !== null && epoch - (best.since ?? best.epoch) >= earlyStop;
  const validator = new BackgroundEvaluator();
  const validated = <T>(fn: () => Promise<T>) => (average ? average.within(fn) : fn());
  const run =
    resume || onCheckpoint
      ? await identityOf({ ...parts, train, valid, options: optionsOfIdentity(options) })
      : {};
  const checkpoint = async () =>
    onCheckpoint?.(
      await readTrainingState(parts, {
        position: { epoch, step: done },
        sums,
        firstLoss,
        best,
        run,
        tuning: tuning.table,
      }),
    );
  if (resume) {
    await writeTrainingState(parts, resume, run).catch((error: unknown) => {
      average?.dispose();
      throw error;
    });
    ({ epoch, step: done } = resume.position);
    sums = { ...resume.sums, parts: { ...resume.sums.parts } };
    ({ best, firstLoss } = resume);
    // when a run stopped early, its last state was captured just before it stopped
    if (epoch < epochs && hasStalled()) stopped ??= 'early stop';
  }
  const tuning = await tuningOfRun(model.device, resume && (resume.tuning ?? null));
  try {
    if (tuning.message) {
      const step = epoch * stepsPerEpoch + done + 1;
      yield { kind: 'warning', epoch: epoch + 1, step, message: tuning.message };
    }
    startTraining(model);
    // after a step that is not finite, none of those submitted before its metrics arrive is applied
    optimizer.mostSkipped = await optimizer.skippedSteps();
    const batchesOf = (index: number) => {
      const order = orderOf(train, index, seed);
      return (i: number) => order.slice(i * batch, (i + 1) * batch);
    };
    const first = epoch < epochs && done < stepsPerEpoch ? batchesOf(epoch)(done) : [];
    work = await TrainingStep.create(model, { ...options, average }, first).catch((error: unknown) => {
      throw withAdvice(error, model, options);
    });
    const { ignoreIndex } = asLoss(loss);
    if (valid && !stopped) validator.open(model, valid, { ...options, ignoreIndex });
    while (epoch < epochs && !stopped) {
      const speed = speedometer();
      let { learningRate } = optimizer;
      const steps = epochSteps(work, {
        from: done,
        count: stepsPerEpoch,
        batchAt: batchesOf(epoch),
        pace: new ReadPace(stepsPerEpoch, options.metricsEvery),
        begin(i) {
          const step = epoch * stepsPerEpoch + i;
          learningRate = schedule.rate({ step, epoch, ...total });
          return { step, learningRate };
        },
        isDue: () => options.checkpointDue?.() ?? false,
        isStopped() {
          if (signal?.aborted) stopped = 'canceled';
          return stopped !== null;
        },
      });
      for await (const ended of steps) {
        validator.throwIfFailed();
        const { metrics } = ended;
        done++;
        addTo(sums, metrics, batch);
        firstLoss ??= metrics.loss;
        checkDivergence(firstLoss, metrics.loss, ended.step + 1);
        if (ended.isDue) await checkpoint();
        const at = { epoch: epoch + 1, step: ended.step + 1 };
        yield stepEvent(ended, { ...at, stepsPerEpoch, imagesPerSecond: speed(batch) });
        // the first steps of an epoch are too few for a decision
        const message = done >= Math.min(10, stepsPerEpoch) ? warnings.check(sums.parts) : null;
        if (message) yield { kind: 'warning', ...at, message };
        if (signal?.aborted) stopped = 'canceled';
      }
      const imagesPerSecond = speed(0);
      if (stopped) {
        await checkpoint();
        break;
      }
      const evaluator = await validator.evaluator();
      const { validation, isBest, state } = await validated(async () => {
        const validation = evaluator ? await evaluator.run() : null;
        const isBest = !best || !validation || isBetter(validation, best);
        return { validation, isBest, state: validation && isBest ? await model.stateDict() : null };
      });
      if (validation && state) {
        const { accuracy, loss } = validation;
        const isEqual = best?.accuracy === accuracy;
        const since = isEqual ? (best?.since ?? best?.epoch ?? 0) : epoch + 1;
        best = { state, accuracy, loss, since, epoch: epoch + 1 };
      }
      const means = meansOf(sums);
      schedule.observe?.(validation?.loss ?? means.trainLoss);
      const event: EpochEvent = {
        kind: 'epoch',
        epoch: epoch + 1,
        ...means,
        valid: validation,
        learningRate,
        imagesPerSecond,
        isBest,
      };
      epoch++;
      done = 0;
      sums = noSums();
      yield event;
      await checkpoint();
      if (epoch === epochs) continue;
      if (signal?.aborted) stopped = 'canceled';
      else if (hasStalled()) stopped = 'early stop';
    }
    if (!best && average && (epoch > 0 || done > 0)) {
      best = { state: await average.within(() => model.stateDict()), accuracy: 0, epoch };
    }
  } finally {
    optimizer.mostSkipped = undefined;
    work?.dispose();
    await validator.dispose();
    average?.dispose();
    tuning.release();
    model.eval();
    if (best) restore(model, best.state);
  }
  best ??= { state: await model.stateDict(), accuracy: 0, epoch };
  return { epochs: epoch, bestEpoch: best.epoch, best: best.state, stopped };
}

function stepEvent(
  { metrics, learningRate }: EndedStep,
  place: { epoch: number; step: number; stepsPerEpoch: number; imagesPerSecond: number },
): FitEvent {
  return { kind: 'step', ...metrics, ...place, learningRate };
}

/** Returns a function that adds images and returns the images per second since the meter was created. */
function speedometer(): (images: number) => number {
  const started = performance.now();
  let sum = 0;
  return (images) => {
    sum += images;
    return sum / ((performance.now() - started) / 1000);
  };
}

/** Returns the options that are part of a run's identity, with their defaults. */
function optionsOfIdentity(options: FitOptions): Record<string, unknown> {
  const { epochs, batch, accumulate = 1, side, seed = 0, augmentation = null } = options;
  const { targets = 'labels', mixup = 0, mirror = false } = options;
  return { epochs, batch, accumulate, side, seed, augmentation, targets, mixup, mirror };
}

/** Restores weights, unless the device is lost, in which case that error must be reported. */
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

export type {
  EpochEvent,
  FitEvent,
  FitOptions,
  FitResult,
  StepEvent,
  WarningEvent,
} from './fit-options.ts';
