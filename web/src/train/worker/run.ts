import {
  type Device,
  type EpochEvent,
  type FerMobileNetV3,
  fit,
  type Plan,
  plan,
  RECIPE_SETTINGS,
  requireRoom,
  type StateDict,
  type StepEvent,
  type TrainingState,
} from 'feathergrad';
import { encodeWeights, transferWeights } from 'feathergrad/formats';
import { database, forgetRun, saveRun } from '../../lib/storage.ts';
import type { RunEvent, StepPoint } from '../messages.ts';
import { recipeOf, type Settings } from '../settings.ts';
import { facesOf, type Sources } from './data.ts';
import { Gate } from './gate.ts';
import { FaceProbe } from './probe.ts';

/** Faces that the page shows and the scatter is made of: fewer where they are large, since all are looked at at once. */
const probed = (side: number) => Math.max(16, Math.min(64, Math.round(64 * (96 / side) ** 2)));
/** Pixels of a face on the page. */
export const FACE_SIDE = 96;
/** Share of the time that looking at the faces may take. */
const PROBE_SHARE = 0.1;
/** Milliseconds between two checkpoints inside an epoch. */
const SAVE_EVERY = 10_000;
/** Milliseconds between two messages of steps: the page need not draw more often. */
const REPORT_EVERY = 120;

const DATA_NAMES = {
  drawn: 'drawn faces',
  folder: 'your pictures',
  ferplus: 'FER+',
  shots: 'your webcam',
} as const;

/** One training: made from settings, driven by pause, step and stop, told in events. */
export class Run {
  readonly settings: Settings;
  readonly model: FerMobileNetV3;
  private readonly plan: Plan<FerMobileNetV3>;
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
  private readonly stepsPerEpoch: number;

  constructor(device: Device, settings: Settings, sources: Sources, emit: (event: RunEvent) => void) {
    this.device = device;
    this.settings = settings;
    this.sources = sources;
    this.emit = emit;
    this.plan = plan(device, sources, recipeOf(settings), { named: (name) => RECIPE_SETTINGS[name].label });
    this.model = this.plan.model;
    this.stepsPerEpoch = this.plan.settings.stepsPerEpoch;
  }

  /** Begins with these weights, as far as they fit; says what did not. @throws Error when none does */
  startFrom(state: StateDict): void {
    const report = transferWeights(this.model, state);
    this.emit({ kind: 'note', text: report.kept.length > 0 ? report.toString() : '' });
  }

  /** After the step that is under way, which a checkpoint is taken of. */
  pause(): void {
    this.isSaveWanted = true;
    this.gate.shut();
    this.emit({ kind: 'state', state: { name: 'preparing', text: 'Pausing' } });
  }

  resume(): void {
    this.gate.open();
    this.emit({ kind: 'state', state: { name: 'running' } });
  }

  /** One step, then a pause. */
  once(): void {
    this.gate.once();
  }

  stop(): void {
    this.abort.abort();
    this.gate.open();
    this.emit({ kind: 'state', state: { name: 'preparing', text: 'Stopping' } });
  }

  /** Keeps a checkpoint at the next step. */
  save(): void {
    this.isSaveWanted = true;
  }

  /** Trains to the end, or until stopped; from a state, or from the start. @throws what `fit` throws */
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
      const events = fit(model, {
        ...options,
        signal: this.abort.signal,
        ...(resume && { resume }),
        checkpointDue: () => this.isSaveDue(),
        onCheckpoint: (state) => this.keep(state),
      });
      if (resume) {
        this.last = resume.position.epoch * this.stepsPerEpoch + resume.position.step;
        emit({ kind: 'resumed', step: this.last });
      }
      await this.follow(events, probe);
    } finally {
      probe?.dispose();
      this.plan.dispose();
    }
  }

  /** Without room, or with storage switched off, training goes on; that leaving would lose it is said. */
  private async tryToKeep(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message || error.name : String(error);
      const text = `Your progress can’t be saved (${why}). Download the weights before you leave.`;
      this.emit({ kind: 'note', text });
      return false;
    }
  }

  private isSaveDue(): boolean {
    return this.isSaveWanted || performance.now() - this.saved > SAVE_EVERY;
  }

  private async keep(state: TrainingState): Promise<void> {
    const { settings, stepsPerEpoch } = this;
    const { position } = state;
    // at an epoch's end `fit` does a step before it can pause, which is to be kept too
    this.isSaveWanted = this.gate.isShut && position.step === 0 && stepsPerEpoch > 1;
    this.saved = performance.now();
    const kept = await this.tryToKeep(() =>
      saveRun({ settings, position, stepsPerEpoch, at: Date.now() }, state),
    );
    if (!kept) return;
    this.report();
    this.emit({ kind: 'saved', step: position.epoch * stepsPerEpoch + position.step });
  }

  private async follow(events: ReturnType<typeof fit>, probe: FaceProbe): Promise<void> {
    let probeAfter = performance.now();
    const onWait = () => {
      this.report();
      this.emit({ kind: 'state', state: { name: 'paused' } });
    };
    this.emit({ kind: 'state', state: { name: 'running' } });
    let probedAt = -1;
    const ask = async () => {
      const started = performance.now();
      this.emit({ kind: 'probe', probe: await probe.run(this.last) });
      probedAt = this.last;
      probeAfter = started + (performance.now() - started) / PROBE_SHARE;
    };
    for (;;) {
      if (!this.isSaveWanted) {
        if (this.gate.isShut && probedAt !== this.last) await ask(); // what is paused is shown as it is
        await this.gate.pass(onWait);
      } // else one more step: the checkpoint is taken behind it
      const next = await events.next();
      if (next.done) {
        this.report();
        const { stopped, bestEpoch } = next.value;
        this.emit({ kind: 'probe', probe: await probe.run(this.last) }); // of the weights that were kept
        const how = stopped ? 'stopped' : 'finished';
        if (!stopped) await this.tryToKeep(forgetRun);
        this.emit({ kind: 'state', state: { name: 'ended', how, bestEpoch } });
        return;
      }
      if (next.value.kind === 'step') this.addStep(next.value);
      else if (next.value.kind === 'epoch') await this.addEpoch(next.value);
      else this.emit({ kind: 'note', text: `Warning: ${next.value.message}` });
      if (performance.now() >= probeAfter) await ask();
    }
  }

  private addStep(event: StepEvent): void {
    const { step, epoch, loss, parts, correct, counted, learningRate, picturesPerSecond } = event;
    const { gradientNorm, stepsPerEpoch } = event;
    this.last = step;
    this.steps.push({
      step,
      epoch,
      loss,
      parts,
      accuracy: correct / Math.max(1, counted),
      learningRate,
      picturesPerSecond,
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
    if (isBest) await this.keepWeights(valid?.accuracy ?? null);
  }

  /** For Recognize, and for who closes the page without downloading them. */
  private async keepWeights(accuracy: number | null): Promise<void> {
    const { data } = this.settings;
    const what = DATA_NAMES[data];
    const about = accuracy === null ? what : `${what}, ${(100 * accuracy).toFixed(1)} %`;
    const bytes = encodeWeights(this.model, await this.model.stateDict(), { about: { data } });
    await this.tryToKeep(async () => {
      await (await database()).put('weights', { bytes, about, at: Date.now() }, 'trained');
    });
  }

  private report(): void {
    this.reported = performance.now();
    if (this.steps.length === 0) return;
    this.emit({ kind: 'steps', steps: this.steps, memory: this.device.memory().gpuBytes });
    this.steps = [];
  }

  dispose(): void {
    this.model.dispose();
  }
}
