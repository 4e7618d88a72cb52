import {
  type Device,
  type EpochEvent,
  fit,
  type ImageClassifier,
  type ImageColor,
  type Plan,
  plan,
  RECIPE_SETTINGS,
  requireRoom,
  type StateDict,
  type StepEvent,
  settleRecipe,
  type TrainingState,
  type TuneOptions,
  type TuningResult,
  tuneTraining,
} from 'feathergrad';
import { countDuplicates, PictureSource } from 'feathergrad/data';
import { transferWeights } from 'feathergrad/formats';
import { modelFor } from 'feathergrad/models';
import type { RunEvent, StepPoint } from '../messages.ts';
import { recipeOf, type Settings } from '../settings.ts';
import { facesOf, type Sources } from './data.ts';
import { Gate } from './gate.ts';
import { KeptRun } from './kept-run.ts';
import { LayerProbe } from './layers.ts';
import { FaceProbe, probedIndices } from './probe.ts';

/** Number of faces in the strip and the scatter plot; fewer for large inputs, since they are one batch. */
const probed = (side: number) => Math.max(16, Math.min(64, Math.round(64 * (96 / side) ** 2)));
/** Pixels of a face on the page. */
export const FACE_SIDE = 96;
/** Maximum share of the time for the probe of the faces. */
const PROBE_SHARE = 0.1;
/** Milliseconds between two checkpoints within an epoch. */
const SAVE_EVERY = 10_000;
/** Milliseconds between two messages about steps, so that the page does not redraw more often. */
const REPORT_EVERY = 120;

/** One training run, which can be paused, stepped and stopped, and which reports events. */
export class Run {
  readonly settings: Settings;
  readonly model: ImageClassifier;
  private readonly plan: Plan<ImageClassifier>;
  private readonly device: Device;
  private readonly sources: Sources;
  private readonly emit: (event: RunEvent) => void;
  private readonly gate = new Gate();
  private readonly abort = new AbortController();
  private steps: StepPoint[] = [];
  private reported = 0;
  private last = 0;
  private saved = performance.now();
  private isSaveWanted = false;
  private readonly kept: KeptRun;
  private readonly stepsPerEpoch: number;
  /** opened when the page shows the layers for the first time */
  private layers: LayerProbe | null = null;
  /** whether the page shows the layers */
  private showsLayers = false;
  /** whether the layers must be measured before the next step */
  private areLayersDue = false;
  /** where the run is, if the layers can be measured at once: before a step, or after the run */
  private rests: 'paused' | 'ended' | null = null;
  /** whether a step of this visit has computed gradients */
  private hasGradients = false;

  /** @param initial color of the images that the initial weights were trained on */
  constructor(
    device: Device,
    settings: Settings,
    sources: Sources,
    emit: (event: RunEvent) => void,
    initial?: ImageColor,
  ) {
    this.device = device;
    this.settings = settings;
    this.sources = sources;
    this.emit = emit;
    const recipe = recipeOf(settings);
    const { train } = sources;
    const settled = settleRecipe(recipe, { images: train.length, isDrawn: settings.data === 'drawn' });
    const color = initial === 'gray' ? initial : train.color;
    const model = modelFor(settled, { classNames: train.classNames, color });
    model.to(device, { seed: settled.seed });
    this.plan = plan(model, sources, recipe, { named: (name) => RECIPE_SETTINGS[name].label });
    this.model = this.plan.model;
    this.stepsPerEpoch = this.plan.settings.stepsPerEpoch;
    this.kept = new KeptRun(settings, this.model, (text) => emit({ kind: 'note', text }));
  }

  /**
   * Initializes the network with the weights that fit, and reports those that do not. @throws Error if no weights fit
   */
  startFrom(state: StateDict): void {
    const { taken, kept } = transferWeights(this.model, state);
    if (kept.length === 0) return;
    const layers = [...new Set(kept.map(({ name }) => name.replace(/\.\w+$/, '')))].join(', ');
    const text =
      `${taken.length} of ${taken.length + kept.length} tensors start from the chosen weights. The others start from ` +
      `random values, because they do not fit, such as the last layer if the classes differ: ${layers}.`;
    this.emit({ kind: 'note', text });
  }

  /** Tunes the device for the steps and the validation of this run, which must not start afterwards. */
  async tune(options: TuneOptions): Promise<TuningResult> {
    try {
      requireRoom(this.model, this.plan.options);
      return await tuneTraining(this.model, this.plan.options, options);
    } finally {
      this.plan.dispose();
    }
  }

  /** Pauses after the current step and stores a checkpoint. */
  pause(): void {
    this.isSaveWanted = true;
    this.gate.shut();
    this.emit({ kind: 'state', state: { name: 'preparing', text: 'Pausing' } });
  }

  resume(): void {
    this.gate.open();
    this.emit({ kind: 'state', state: { name: 'running' } });
  }

  /** Runs one step, then pauses. */
  once(): void {
    this.gate.once();
  }

  stop(): void {
    this.abort.abort();
    this.gate.open();
    this.emit({ kind: 'state', state: { name: 'preparing', text: 'Stopping' } });
  }

  /** Measures the layers now and after each epoch, until it is called with false. */
  async showLayers(shows: boolean): Promise<void> {
    this.showsLayers = shows;
    this.areLayersDue = shows;
    if (this.rests) await this.measureLayers();
  }

  /** Measures the layers if they are due. A failure is reported and does not end the run. */
  private async measureLayers(): Promise<void> {
    if (!this.areLayersDue) return;
    this.areLayersDue = false;
    const { model, sources, plan } = this;
    const { side } = plan.options;
    try {
      const source = sources.valid ?? sources.train;
      this.layers ??= new LayerProbe(model, source, probedIndices(source, probed(side)), side);
      const isRunning = this.rests !== 'ended';
      const layers = await this.layers.run(this.last, this.hasGradients && isRunning);
      this.emit({ kind: 'layers', layers });
    } catch (error) {
      if (!this.rests && error instanceof Error && error.name === 'DeviceLostError') throw error;
      this.showsLayers = false;
      const why = error instanceof Error ? error.message : String(error);
      this.emit({ kind: 'note', text: `Weights and gradients can’t be shown (${why}).` });
    }
  }

  /** Stores a checkpoint at the next step. */
  save(): void {
    this.isSaveWanted = true;
  }

  /** Trains until the end or a stop, from a state or from the start. @throws the errors of `fit` */
  async go(resume: TrainingState | null = null): Promise<void> {
    const { device, model, sources, emit } = this;
    const { options } = this.plan;
    const { side, loss } = options;
    emit({ kind: 'state', state: { name: 'preparing', text: 'Compiling the kernels' } });
    const shown = sources.valid ?? sources.train;
    let probe: FaceProbe | null = null;
    try {
      requireRoom(model, options);
      probe = await FaceProbe.create(model, loss, shown, { most: probed(side), side });
      const faces = await facesOf(device, shown, probe.indices, FACE_SIDE);
      emit({ kind: 'faces', faces, classNames: model.classNames });
      emit({ kind: 'probe', probe: await probe.run(0) });
      this.warnOfDuplicates();
      const events = fit(model, {
        ...options,
        signal: this.abort.signal,
        ...(resume && { resume }),
        checkpointDue: () => this.isSaveDue(),
        onCheckpoint: (state) => this.keep(state),
        onProgress: ({ done, total }) => this.prepare(`Compiling kernels, ${done} of ${total}`),
      });
      if (resume) {
        this.kept.hasWeights = true;
        this.last = resume.position.epoch * this.stepsPerEpoch + resume.position.step;
        emit({ kind: 'resumed', step: this.last });
      }
      await this.follow(events, probe);
    } finally {
      this.report(); // of a run that failed, too
      this.rests = 'ended';
      probe?.dispose();
      this.plan.dispose();
    }
  }

  /** Reports a stage of the preparation, unless the run is being paused or stopped. */
  private prepare(text: string): void {
    if (this.gate.isShut || this.abort.signal.aborted) return;
    this.emit({ kind: 'state', state: { name: 'preparing', text } });
  }

  /** Images in both sets make validation accuracy too high. */
  private warnOfDuplicates(): void {
    const { train, valid } = this.sources;
    if (!(train instanceof PictureSource && valid instanceof PictureSource)) return;
    const { same, mirrored, names } = countDuplicates(train, valid);
    if (same + mirrored === 0) return;
    const which = names[0] ? `, such as ${names[0].join(' and ')}` : '';
    const text =
      `Warning: ${same + mirrored} of ${valid.length} validation pictures are also training pictures (${same} identical, ` +
      `${mirrored} mirrored)${which}. Validation accuracy looks better than it is. Remove the duplicates.`;
    this.emit({ kind: 'note', text });
  }

  private isSaveDue(): boolean {
    return this.isSaveWanted || performance.now() - this.saved > SAVE_EVERY;
  }

  private async keep(state: TrainingState): Promise<void> {
    const { stepsPerEpoch } = this;
    const { position } = state;
    // at the end of an epoch `fit` runs one more step before it can pause, and this step also needs a checkpoint
    this.isSaveWanted = this.gate.isShut && position.step === 0 && stepsPerEpoch > 1;
    this.saved = performance.now();
    if (!(await this.kept.keepCheckpoint(state, stepsPerEpoch))) return;
    this.report();
    this.emit({ kind: 'saved', step: position.epoch * stepsPerEpoch + position.step });
  }

  private async follow(events: ReturnType<typeof fit>, probe: FaceProbe): Promise<void> {
    let probeAfter = performance.now();
    const onWait = () => {
      this.report();
      this.rests = 'paused';
      this.emit({ kind: 'state', state: { name: 'paused' } });
    };
    let isFirst = true;
    let probedAt = -1;
    const ask = async () => {
      const started = performance.now();
      this.emit({ kind: 'probe', probe: await probe.run(this.last) });
      probedAt = this.last;
      probeAfter = started + (performance.now() - started) / PROBE_SHARE;
    };
    for (;;) {
      if (!this.isSaveWanted) {
        if (this.gate.isShut && probedAt !== this.last) await ask(); // a paused run shows its current state
        if (this.gate.isShut) this.areLayersDue = this.showsLayers;
        await this.measureLayers();
        await this.gate.pass(onWait);
        this.rests = null;
      } // else one more step: the checkpoint follows it
      const next = await events.next();
      if (next.done) {
        this.report();
        const { stopped, bestEpoch } = next.value;
        this.emit({ kind: 'probe', probe: await probe.run(this.last) }); // with the kept weights
        this.rests = 'ended';
        this.areLayersDue = this.showsLayers;
        await this.measureLayers();
        const how = stopped ? 'stopped' : 'finished';
        if (!stopped) await this.kept.forgetCheckpoint();
        this.emit({ kind: 'state', state: { name: 'ended', how, bestEpoch } });
        return;
      }
      if (isFirst && !this.gate.isShut && !this.abort.signal.aborted) {
        this.emit({ kind: 'state', state: { name: 'running' } });
      }
      isFirst = false;
      if (next.value.kind === 'step') this.addStep(next.value);
      else if (next.value.kind === 'epoch') await this.addEpoch(next.value);
      else this.emit({ kind: 'note', text: `Warning: ${next.value.message}` }); // such as one part of the loss outweighing
      if (performance.now() >= probeAfter) await ask();
    }
  }

  private addStep(event: StepEvent): void {
    const { step, epoch, loss, parts, correct, counted, learningRate, imagesPerSecond } = event;
    const { gradientNorm, stepsPerEpoch } = event;
    this.last = step;
    if (!this.hasGradients) this.areLayersDue = this.showsLayers;
    this.hasGradients = true;
    this.steps.push({
      step,
      epoch,
      loss,
      parts,
      accuracy: correct / Math.max(1, counted),
      learningRate,
      imagesPerSecond,
      gradientNorm,
      stepsPerEpoch,
    });
    if (performance.now() - this.reported > REPORT_EVERY) this.report();
  }

  private async addEpoch({ epoch, trainLoss, trainAccuracy, valid, isBest }: EpochEvent): Promise<void> {
    this.report();
    this.emit({
      kind: 'epoch',
      epoch: {
        epoch,
        step: this.last,
        trainLoss,
        trainAccuracy,
        validLoss: valid?.loss ?? null,
        validAccuracy: valid?.accuracy ?? null,
        confusion: valid?.confusion.toJSON() ?? null,
        isBest,
      },
    });
    if (isBest) await this.kept.keepWeights(valid?.accuracy ?? null);
    this.areLayersDue = this.showsLayers;
  }

  private report(): void {
    this.reported = performance.now();
    if (this.steps.length === 0) return;
    this.emit({ kind: 'steps', steps: this.steps, memory: this.device.memory().gpuBytes });
    this.steps = [];
  }

  dispose(): void {
    this.layers?.dispose();
    this.model.dispose();
  }
}
