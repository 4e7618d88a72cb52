import { expose, transfer } from 'comlink';
import { createDevice, type Device, type StateDict, type TrainingState } from 'feathergrad';
import { type PictureSource, readPictureFiles } from 'feathergrad/data';
import { decodeWeights, encodeOnnx, encodeWeights } from 'feathergrad/formats';
import { database } from '../../lib/storage.ts';
import type { DataSummary, Face, RunEvent } from '../messages.ts';
import type { Settings } from '../settings.ts';
import { drawnSheet, facesOf, firstOfEach, type Given, shotSource, sourceOf, sourcesOf } from './data.ts';
import { ferPlusSources, readFerPlus } from './ferplus.ts';
import { FACE_SIDE, Run } from './run.ts';

export type ChosenFiles = { path: string; file: File }[];
type OnProgress = (done: number, total: number) => void;

/** Everything of Train that computes: the page calls it by Comlink and hears of a run by events. */
class TrainEngine {
  private device: Device | null = null;
  private readonly given: Given = { folder: null, ferplus: null, shots: null };
  private run: Run | null = null;
  private from: StateDict | null = null;
  private emit: (event: RunEvent) => void = () => {};

  /** Opens the GPU; its name. @throws WebGPUUnavailableError */
  async open(): Promise<string> {
    return (await this.opened()).description;
  }

  listen(emit: (event: RunEvent) => void): void {
    this.emit = emit;
  }

  /** A sheet of drawn faces: `people` of each expression. */
  async sheet(seed: number, people: number): Promise<Face[]> {
    return drawnSheet(await this.opened(), seed, people, FACE_SIDE);
  }

  /** Reads a folder of pictures; they stay here. @throws DataError when they will not do */
  async loadFolder(files: ChosenFiles, onProgress: OnProgress): Promise<DataSummary> {
    const read = await readPictureFiles(files, {
      onProgress: ({ done, total }) => {
        if (done % 20 === 0 || done === total) onProgress(done, total);
      },
    });
    const source = sourceOf(read);
    this.given.folder = source;
    return this.summary(source, read.skipped);
  }

  /** Reads FER+ in either of its forms. @throws DataError when something of it is missing */
  async loadFerPlus(files: ChosenFiles, onProgress: OnProgress): Promise<DataSummary> {
    const data = await readFerPlus(files, onProgress);
    const { train } = ferPlusSources(data, 'majority');
    this.given.ferplus = data;
    return this.summary(train, []);
  }

  /** Takes over the webcam shots that are kept. */
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

  /** The next runs begin with these weights. @throws Error when the file holds none */
  startFrom(bytes: Uint8Array): void {
    this.from = decodeWeights(bytes).state;
  }

  forgetWeights(): void {
    this.from = null;
  }

  /** Trains with these settings until the end, a stop or a failure, all of which are told as events. */
  async start(settings: Settings): Promise<void> {
    await this.train(settings, null, this.from);
  }

  /** Goes on with the run that was kept. */
  async resumeSaved(): Promise<void> {
    const db = await database();
    const [about, state] = [await db.get('run', 'about'), await db.get('state', 'state')];
    if (!about || !state) throw new Error('There is no unfinished training run.');
    await this.train(about.settings, state, null);
  }

  private async train(
    settings: Settings,
    resume: TrainingState | null,
    from: StateDict | null,
  ): Promise<void> {
    let state = resume;
    let losses = 0;
    for (;;) {
      try {
        this.run?.dispose();
        this.run = null;
        const device = await this.opened();
        const run = new Run(device, settings, sourcesOf(settings, this.given), (event) => this.emit(event));
        this.run = run;
        if (from && !state) run.startFrom(from);
        await run.go(state);
        return;
      } catch (error) {
        // a GPU that is lost again and again is no good; once in a while it is the driver, or sleep
        if (!(error instanceof Error) || error.name !== 'DeviceLostError' || ++losses > MOST_LOSSES) {
          return this.fail(error);
        }
        this.device = null;
        this.run = null; // its memory is gone with the device
        state = (await (await database()).get('state', 'state')) ?? state;
        const where = state ? 'from the last checkpoint' : 'from the start';
        this.emit({
          kind: 'note',
          text: `The GPU was lost (${error.message.split(';')[0]}). Training resumed ${where} on a new one.`,
        });
      }
    }
  }

  /** Keeps a checkpoint soon, such as when the page is about to be hidden. */
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

  /** The weights as they are now, as a file. @throws Error before any training */
  async weights(format: 'safetensors' | 'onnx'): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.run) throw new Error('There are no weights yet: train first.');
    const { model, settings } = this.run;
    const state = await model.stateDict();
    const options = { about: { seed: settings.seed, data: settings.data } };
    const encode = format === 'onnx' ? encodeOnnx : encodeWeights;
    const bytes = encode(model, state, options);
    return transfer(bytes, [bytes.buffer]);
  }

  private fail(error: unknown): void {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'DeviceLostError') this.device = null;
    const title = TITLES[name] ?? 'Training stopped';
    this.emit({
      kind: 'state',
      state: { name: 'failed', title, message, canResume: name !== 'WebGPUUnavailableError' },
    });
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

const TITLES: Record<string, string> = {
  DeviceLostError: 'The GPU was lost',
  NonFiniteError: 'The loss became NaN or infinite',
  DivergedError: 'Training diverged',
  GpuOutOfMemoryError: 'Out of GPU memory',
  DeviceLimitError: 'Too large for this GPU',
  WebGPUUnavailableError: 'WebGPU is not available',
};

export type { TrainEngine };

expose(new TrainEngine());
