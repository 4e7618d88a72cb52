import {
  type CompileProgress,
  type Device,
  type EpochEvent,
  fit,
  holdOut,
  type ImageClassifier,
  type ImageColor,
  plan,
  RECIPE_SETTINGS,
  requireRoom,
  type StateDict,
  type StepEvent,
  settleRecipe,
  type TrainingState,
} from 'feathergrad';
import { type BatchSource, PictureSource } from 'feathergrad/data';
import { decodeWeights, encodeWeights, transferWeights } from 'feathergrad/formats';
import { modelFor } from 'feathergrad/models';
import { fetchShipped } from '../../lib/fetch-shipped.ts';
import { emptyCurves, withEpoch, withMark, withSteps } from '../curves.ts';
import type { Progress, StudioEvent, Trained, TrainRequest } from '../messages.ts';
import { isTransfer, type Stage, stagesFor } from '../plan.ts';
import { type RunState, runStateOf, saveRun } from '../storage.ts';
import { thresholdFor } from '../sure.ts';
import { forColors } from './color-weights.ts';
import { cropSource } from './crops.ts';
import { cropSideOf, LiveModel } from './live-model.ts';

/** Milliseconds between two messages about steps. */
const REPORT_EVERY = 120;
/** Fewest milliseconds between two checkpoints. */
const SAVE_EVERY = 5000;

interface Best {
  state: StateDict;
  accuracy: number;
  loss: number;
}

interface Context {
  device: Device;
  emit: (event: StudioEvent) => void;
  signal: AbortSignal;
  /** runs waiting tasks, such as the recognition of a camera frame */
  pass: () => Promise<void>;
  /** receives the network that is being trained */
  onModel: (live: LiveModel) => void;
}

type Unsaved = Pick<RunState, 'training' | 'before' | 'best' | 'curves'> & { step: number };

/** Trains a network for a project, in the stages of its plan. */
export class Training {
  private readonly request: TrainRequest;
  private readonly context: Context;
  private readonly started = performance.now();
  private pending: Progress[] = [];
  private reported = 0;
  /** steps of completed stages */
  private before = 0;
  private steps = 0;
  private totalSteps = 0;
  private best: Best | null = null;
  private curves = emptyCurves();
  /** duration of the interrupted part of the run */
  private elapsed = 0;
  /** the state after the last epoch */
  private latest: TrainingState | null = null;
  /** the latest state that is not stored, with the curves and weights of its step; later steps are not part of it */
  private unsaved: Unsaved | null = null;
  private saved = performance.now();

  constructor(request: TrainRequest, context: Context) {
    this.request = request;
    this.context = context;
  }

  /** @returns how the run ended */
  async run(): Promise<'finished' | 'early' | 'stopped'> {
    const { request, context } = this;
    const { emit } = context;
    const state = request.isResumed ? await this.interrupted() : null;
    const stages = stagesFor(request.plan, request.shots.length);
    const main = (stages.at(-1) as Stage).recipe;
    const side = settleRecipe(main, { images: 0, isDrawn: false }).side;
    emit({ kind: 'state', state: { name: 'preparing', text: 'Reading the pictures', share: 0 } });
    const source = await cropSource(request.shots, request.classNames, cropSideOf(side), (share) =>
      emit({ kind: 'state', state: { name: 'preparing', text: 'Reading the pictures', share } }),
    );
    const { train, valid } = holdOut(source, main);
    const live = await this.network(train, main);
    context.onModel(live);
    this.totalSteps = stages.reduce((sum, { recipe }) => {
      const { epochs, stepsPerEpoch } = settleRecipe(recipe, { images: train.length, isDrawn: false });
      return sum + epochs * stepsPerEpoch;
    }, 0);
    let how: 'finished' | 'early' | 'stopped' = 'finished';
    for (const [index, stage] of stages.entries()) {
      if (state && index < state.stage) continue;
      const training = state?.stage === index ? state.training : null;
      if (index > 0 && !training) {
        this.curves = withMark(this.curves, this.before + 1);
        emit({ kind: 'stage', step: this.before + 1 });
      }
      const stopped = await this.stage(live.model, stage, { train, valid }, [index, stages.length], training);
      if (stopped === 'canceled') return this.finish(live.model, valid, 'stopped');
      how = stopped === 'early stop' ? 'early' : 'finished';
      this.before = this.steps;
    }
    return this.finish(live.model, valid, how);
  }

  /** Reads the checkpoint of the interrupted run and continues its counts. */
  private async interrupted(): Promise<RunState> {
    const found = await runStateOf(this.request.project);
    if (!found) throw new Error('The interrupted training is not stored completely. Train again.');
    const { state } = found;
    this.before = state.before;
    this.best = state.best;
    this.curves = state.curves;
    this.elapsed = state.duration;
    this.context.emit({ kind: 'resumed', curves: state.curves });
    return state;
  }

  /** Makes the network and loads the initial weights. */
  private async network(train: BatchSource, recipe: Stage['recipe']): Promise<LiveModel> {
    const { request, context } = this;
    const { device, emit } = context;
    const settled = settleRecipe(recipe, { images: train.length, isDrawn: false });
    const bytes = isTransfer(request.plan) ? (request.start ?? (await this.shipped())) : null;
    const file = bytes && decodeWeights(bytes);
    // gray weights keep gray input for faces, on which they were trained; for anything else colors help
    const isGray = file?.metadata.color === 'gray';
    const color: ImageColor = isGray && request.subject === 'faces' ? 'gray' : (train.color ?? 'rgb');
    const model = modelFor(settled, { classNames: request.classNames, color });
    model.to(device, { seed: settled.seed });
    if (file) {
      const state = isGray && color === 'rgb' ? forColors(file.state, model.std) : file.state;
      const { kept } = transferWeights(model, state);
      const others = kept.filter(({ name }) => !model.parts.head.some((part) => name.startsWith(part)));
      if (others.length > 0) {
        emit({ kind: 'note', text: `${others.length} layers of the weights do not fit and start anew.` });
      }
    }
    emit({ kind: 'state', state: { name: 'preparing', text: 'Compiling for your GPU', share: null } });
    return LiveModel.create(model);
  }

  private shipped(): Promise<Uint8Array<ArrayBuffer>> {
    const { emit } = this.context;
    return fetchShipped(({ loaded, total }) => {
      const size = total ? ` of ${(total / 1e6).toFixed(1)}` : '';
      const text = `Loading the built-in weights, ${(loaded / 1e6).toFixed(1)}${size} MB`;
      emit({ kind: 'state', state: { name: 'preparing', text, share: total ? loaded / total : null } });
    });
  }

  private async stage(
    model: ImageClassifier,
    { title, recipe }: Stage,
    sources: { train: BatchSource; valid: BatchSource | null },
    [index, stages]: [number, number],
    resume: TrainingState | null,
  ): Promise<'canceled' | 'early stop' | null> {
    const { emit, signal, pass } = this.context;
    model.unfreeze();
    this.latest = this.unsaved = null; // states of the stage before
    const planned = plan(model, sources, recipe, { named: (name) => RECIPE_SETTINGS[name].label });
    let isCompiled = false;
    try {
      requireRoom(model, planned.options);
      const onProgress = ({ done, total }: CompileProgress) => {
        // the validation is compiled during the first epoch, when training is shown
        if (!isCompiled && !signal.aborted) this.showCompiling(done, total);
      };
      const events = fit(model, {
        ...planned.options,
        signal,
        onProgress,
        ...(resume && { resume }),
        onCheckpoint: (state) => {
          this.latest = state; // stored after the epoch's event, with the best weights
        },
      });
      for (;;) {
        const next = await events.next();
        if (next.done) return next.value.stopped;
        const event = next.value;
        if (event.kind === 'step') {
          if (!isCompiled) emit({ kind: 'state', state: { name: 'training', stage: title, index, stages } });
          isCompiled = true;
          this.addStep(event);
        } else if (event.kind === 'epoch') {
          await this.addEpoch(model, event);
          const { latest: training, before, best, curves, steps: step } = this;
          if (training) this.unsaved = { training, before, best, curves, step };
        } else if (event.kind === 'warning') emit({ kind: 'note', text: `Warning: ${event.message}` });
        await this.save(index);
        await pass();
      }
    } finally {
      this.report();
      planned.dispose();
    }
  }

  private showCompiling(done: number, total: number): void {
    const text = `Compiling for your GPU, ${done} of ${total} kernels`;
    const share = done / Math.max(1, total);
    this.context.emit({ kind: 'state', state: { name: 'preparing', text, share } });
  }

  private addStep({ step, loss, correct, counted }: StepEvent): void {
    this.steps = this.before + step;
    const accuracy = correct / Math.max(1, counted);
    this.pending.push({ step: this.steps, steps: this.totalSteps, loss, accuracy });
    if (performance.now() - this.reported > REPORT_EVERY) this.report();
  }

  /** Keeps the weights with the best validation accuracy; among equals, those with the lowest loss. */
  private async addEpoch(model: ImageClassifier, { valid }: EpochEvent): Promise<void> {
    this.report();
    const { best } = this;
    const epoch = {
      step: this.steps,
      validLoss: valid?.loss ?? null,
      validAccuracy: valid?.accuracy ?? null,
    };
    this.curves = withEpoch(this.curves, epoch);
    this.context.emit({ kind: 'epoch', epoch });
    if (!valid) return;
    const isBetter =
      !best || valid.accuracy > best.accuracy || (valid.accuracy === best.accuracy && valid.loss < best.loss);
    if (isBetter) this.best = { state: await model.stateDict(), accuracy: valid.accuracy, loss: valid.loss };
  }

  private async finish<How>(model: ImageClassifier, valid: BatchSource | null, how: How): Promise<How> {
    const { request, context, best } = this;
    model.unfreeze();
    model.eval();
    if (best) model.loadStateDict(best.state);
    const about = {
      project: request.name,
      subject: request.subject,
      data: request.subject === 'faces' ? 'shots' : 'anything',
      trained: new Date().toISOString().slice(0, 10),
    };
    const bytes = encodeWeights(model, best?.state ?? (await model.stateDict()), { about });
    const trained: Trained = {
      bytes,
      accuracy: best?.accuracy ?? null,
      validated: valid?.length ?? 0,
      seconds: this.duration() / 1000,
      steps: this.steps,
      network: model.model,
      sure: await sureOf(model, valid),
    };
    context.emit({ kind: 'trained', trained });
    return how;
  }

  /** Stores the latest state, if the last one is a few seconds old. Training continues if that fails. */
  private async save(stage: number): Promise<void> {
    const { unsaved, request, context } = this;
    if (!unsaved || performance.now() - this.saved < SAVE_EVERY) return;
    this.unsaved = null;
    this.saved = performance.now();
    const { project, plan, pictures } = request;
    const { step, ...known } = unsaved;
    const about = { project, plan, pictures, step, steps: this.totalSteps, at: Date.now() };
    const state = { project, stage, ...known, duration: this.duration() };
    try {
      await saveRun(about, state);
    } catch {
      this.saved = Number.POSITIVE_INFINITY; // storage is full or disabled: further attempts would fail too
      const text = 'This browser has no space for a checkpoint: if you leave, this training is lost.';
      context.emit({ kind: 'note', text });
    }
  }

  private duration(): number {
    return this.elapsed + performance.now() - this.started;
  }

  private report(): void {
    this.reported = performance.now();
    if (this.pending.length === 0) return;
    this.curves = withSteps(this.curves, this.pending);
    this.context.emit({ kind: 'steps', steps: this.pending });
    this.pending = [];
  }
}

/** Returns the probability from which an answer names a class, from the held-out pictures. */
async function sureOf(model: ImageClassifier, valid: BatchSource | null): Promise<number> {
  if (!(valid instanceof PictureSource)) return thresholdFor([]);
  const seen = await model.predict(valid.pictures, { mirror: false, topK: 1 });
  const correct = seen.flatMap(([best], i) =>
    best && best.label === model.classNames[valid.labels[i] as number] ? [best.probability] : [],
  );
  return thresholdFor(correct);
}
