import { expose, transfer } from 'comlink';
import {
  createDevice,
  type Device,
  DivergedError,
  type ImageColor,
  type StateDict,
  settleRecipe,
  type TrainingState,
} from 'feathergrad';
import { type PictureSource, readPictureFiles } from 'feathergrad/data';
import { decodeWeights, encodeOnnx, encodeWeights, transferWeights } from 'feathergrad/formats';
import { modelFor } from 'feathergrad/models';
import { short } from '../../lib/format.ts';
import { database, forgetRun } from '../../lib/storage.ts';
import { isHeic, unreadable } from '../../lib/unreadable.ts';
import type { DataSummary, Face, RunEvent, TuneSummary } from '../messages.ts';
import { recipeOf, type Settings } from '../settings.ts';
import { drawnSheet, facesOf, firstOfEach, type Given, shotSource, sourceOf, sourcesOf } from './data.ts';
import { ferPlusSources, readFerPlus } from './ferplus.ts';
import { FACE_SIDE, Run } from './run.ts';

export type ChosenFiles = { path: string; file: File }[];
type OnProgress = (done: number, total: number) => void;

/** Weights to start from, and the color of the images that they were trained on if the file names it. */
interface InitialWeights {
  state: StateDict;
  color?: ImageColor;
}

/** Trains in a worker. The page calls it through Comlink and receives events. */
class TrainEngine {
  private device: Device | null = null;
  private readonly given: Given = { folder: null, ferplus: null, shots: null };
  private run: Run | null = null;
  private from: InitialWeights | null = null;
  private emit: (event: RunEvent) => void = () => {};
  private showsLayers = false;
  private tuning: AbortController | null = null;

  /** Opens the GPU and returns its name. @throws WebGPUUnavailableError */
  async open(): Promise<string> {
    return (await this.opened()).description;
  }

  listen(emit: (event: RunEvent) => void): void {
    this.emit = emit;
  }

  /** Returns a sheet of drawn faces, `people` of each expression. */
  async sheet(seed: number, people: number): Promise<Face[]> {
    return drawnSheet(await this.opened(), seed, people, FACE_SIDE);
  }

  /** Reads a folder of images, which stay in the worker. @throws DataError if they cannot be used */
  async loadFolder(files: ChosenFiles, onProgress: OnProgress): Promise<DataSummary> {
    const heic = files.map(({ path }) => ({ name: path })).filter(isHeic);
    const read = await readPictureFiles(files, {
      onProgress: ({ done, total }) => {
        if (done % 20 === 0 || done === total) onProgress(done, total);
      },
    }).catch((error: unknown) => {
      const [first] = heic;
      if (!first || !(error instanceof Error)) throw error;
      throw new Error(`${error.message} ${unreadable(first)}`);
    });
    const source = sourceOf(read);
    this.given.folder = source;
    const unread = heic.map(({ name }) => ({ name, reason: unreadable({ name }) }));
    return this.summary(source, [...read.skipped, ...unread]);
  }

  /** Reads FER+ in either of its two formats. @throws DataError if a part is missing */
  async loadFerPlus(files: ChosenFiles, onProgress: OnProgress): Promise<DataSummary> {
    const data = await readFerPlus(files, onProgress);
    const { train } = ferPlusSources(data, 'majority');
    this.given.ferplus = data;
    return this.summary(train, []);
  }

  /** Loads the stored webcam shots. */
  async useShots(classes: readonly string[]): Promise<void> {
    this.given.shots = shotSource(await (await database()).getAll('shots'), classes);
  }

  private async summary(source: PictureSource, skipped: DataSummary['skipped']): Promise<DataSummary> {
    const faces = await facesOf(await this.opened(), source, firstOfEach(source, 8), FACE_SIDE);
    return {
      pictures: source.length,
      classNames: source.classNames,
      counts: source.classNames.map((_, label) => source.labels.filter((l) => l === label).length),
      skipped,
      faces,
    };
  }

  /**
   * Sets the initial weights of further runs. Returns the input side that they were trained at, if the file names it.
   * @throws Error if the file contains no weights, or none that fit the network
   */
  async startFrom(bytes: Uint8Array, settings: Settings): Promise<number | null> {
    const { state, metadata } = decodeWeights(bytes);
    const settled = settleRecipe(recipeOf(settings), { images: 0, isDrawn: settings.data === 'drawn' });
    const model = modelFor(settled, { classNames: ['any', 'other'] }).to(await this.opened(), { seed: 1 });
    try {
      transferWeights(model, state);
    } finally {
      model.dispose();
    }
    this.from = { state, ...(metadata.color === 'gray' && { color: metadata.color }) };
    return Number(metadata.input_side) || null;
  }

  forgetWeights(): void {
    this.from = null;
  }

  /** Measures the kernels of a run with these settings; runs that start afterwards use the fastest. */
  async tune(
    settings: Settings,
    seconds: number,
    onProgress: (share: number, key: string) => void,
  ): Promise<TuneSummary> {
    const device = await this.opened();
    const run = new Run(device, settings, sourcesOf(settings, this.given), () => {}, this.from?.color);
    this.tuning = new AbortController();
    try {
      const { measured, known, left, cacheProblem } = await run.tune({
        budgetMs: 1000 * seconds,
        signal: this.tuning.signal,
        onProgress: ({ done, total, key }) => onProgress(done / total, key),
      });
      const faster = measured.filter(({ variant }) => variant !== 'default').length;
      return { measured: measured.length, faster, known, left, cacheProblem };
    } finally {
      run.dispose();
    }
  }

  stopTuning(): void {
    this.tuning?.abort();
  }

  /** Trains with these settings until the end, a stop or a failure; each is reported as an event. */
  async start(settings: Settings): Promise<void> {
    await this.train(settings, null, this.from, this.from?.color);
  }

  /** Resumes the stored run. */
  async resumeSaved(): Promise<void> {
    const db = await database();
    const [about, state] = [await db.get('run', 'about'), await db.get('state', 'state')];
    if (!about || !state)
      throw new Error(
        'This training run cannot be resumed: its stored state is missing or incomplete. Discard it and start again.',
      );
    await this.train(about.settings, state, null, about.color);
  }

  private async train(
    settings: Settings,
    resume: TrainingState | null,
    from: InitialWeights | null,
    color: ImageColor | undefined,
  ): Promise<void> {
    let state = resume;
    let losses = 0;
    for (;;) {
      try {
        this.run?.dispose();
        this.run = null;
        const device = await this.opened();
        const given = sourcesOf(settings, this.given);
        const run = new Run(device, settings, given, (event) => this.emit(event), color);
        this.run = run;
        if (this.showsLayers) await run.showLayers(true);
        if (from && !state) run.startFrom(from.state);
        await run.go(state);
        return;
      } catch (error) {
        // a device may be lost once when a driver restarts or a computer sleeps; repeated losses end the run
        if (!(error instanceof Error) || error.name !== 'DeviceLostError' || ++losses > MOST_LOSSES) {
          return await this.fail(error, settings);
        }
        this.device = null;
        this.run = null; // its memory was lost with the device
        state = (await (await database()).get('state', 'state')) ?? state;
        const where = state ? 'from the last checkpoint' : 'from the start';
        this.emit({
          kind: 'note',
          text: `The GPU was lost (${error.message.split(';')[0]}). Training resumed ${where} on a new one.`,
        });
      }
    }
  }

  /** Stores a checkpoint soon, for example when the page is about to be hidden. */
  save(): void {
    this.run?.save();
  }

  pause(): void {
    this.run?.pause();
  }

  resume(): void {
    this.run?.resume();
  }

  once(): void {
    this.run?.once();
  }

  stop(): void {
    this.run?.stop();
  }

  /** Sets whether runs report weights, gradients and dead channels: now if possible, and after each epoch. */
  async showLayers(shows: boolean): Promise<void> {
    this.showsLayers = shows;
    await this.run?.showLayers(shows);
  }

  /** Returns the current weights as a file. @throws Error before any training */
  async weights(format: 'safetensors' | 'onnx'): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.run) throw new Error('No weights yet. Train first.');
    const { model, settings } = this.run;
    const state = await model.stateDict();
    const options = { about: { seed: settings.seed, data: settings.data } };
    const encode = format === 'onnx' ? encodeOnnx : encodeWeights;
    const bytes = encode(model, state, options);
    return transfer(bytes, [bytes.buffer]);
  }

  private async fail(error: unknown, { learningRate }: Settings): Promise<void> {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'DeviceLostError') this.device = null;
    // if resumed with the same settings, the run would diverge again
    const isLost = name === 'DivergedError' || name === 'NonFiniteError';
    if (isLost) await forgetRun().catch(() => {}); // storage is disabled
    const title = TITLES[name] ?? 'Training stopped';
    const said = error instanceof DivergedError ? divergence(error, learningRate) : message;
    const canResume = !isLost && name !== 'WebGPUUnavailableError';
    const lowerRate = isLost ? Number((learningRate / 10).toPrecision(2)) : null;
    this.emit({ kind: 'state', state: { name: 'failed', title, message: said, canResume, lowerRate } });
  }

  private async opened(): Promise<Device> {
    if (this.device) return this.device;
    const device = await createDevice();
    this.device = device;
    device.lost.then(() => {
      if (this.device === device) this.device = null;
    });
    return device;
  }
}

const MOST_LOSSES = 3;

/** Returns what happened, and a remedy that uses the labels of the form. */
function divergence({ firstLoss, loss, step }: DivergedError, learningRate: number): string {
  return (
    `The loss rose from ${short(firstLoss)} to ${short(loss)} at step ${step}. The best weights so far were restored. ` +
    `Lower the learning rate (now ${learningRate}), or set gradient clipping to 1.`
  );
}

const TITLES: Record<string, string> = {
  DeviceLostError: 'The GPU was lost',
  NonFiniteError: 'A value became NaN or infinite',
  DivergedError: 'Training diverged',
  GpuOutOfMemoryError: 'Out of GPU memory',
  DeviceLimitError: 'Too large for this GPU',
  WebGPUUnavailableError: 'WebGPU is not available',
};

export type { TrainEngine };

expose(new TrainEngine());
