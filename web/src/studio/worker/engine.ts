import { expose, transfer } from 'comlink';
import { createDevice, type Device, type Recipe, settleRecipe } from 'feathergrad';
import { decodeWeights, encodeOnnx, encodeWeights, transferWeights } from 'feathergrad/formats';
import { modelFor, modelOf } from 'feathergrad/models';
import { type CropWindow, centerSquare, cropOf, isBlank } from '../../lib/crop.ts';
import type { Seen, StudioEvent, TrainRequest } from '../messages.ts';
import type { Subject } from '../project.ts';
import { FaceWindows } from './face-windows.ts';
import { cropSideOf, LiveModel } from './live-model.ts';
import { Training } from './training.ts';
import { Turns } from './turns.ts';

/** Trains and recognizes for the studio, in a worker. The page calls it through Comlink and receives events. */
class StudioEngine {
  private device: Device | null = null;
  private faces: FaceWindows | null = null;
  private live: LiveModel | null = null;
  private readonly turns = new Turns();
  private abort: AbortController | null = null;
  private emit: (event: StudioEvent) => void = () => {};

  /** Opens the GPU and returns its name. @throws WebGPUUnavailableError */
  async open(): Promise<string> {
    return (await this.opened()).description;
  }

  listen(emit: (event: StudioEvent) => void): void {
    this.emit = emit;
  }

  /** Returns the crop of the largest face in a stored picture; null if there is none. */
  findFace(picture: Blob): Promise<CropWindow | null> {
    return this.turns.take(async () => {
      const bitmap = await createImageBitmap(picture);
      try {
        return await (await this.finder()).find(bitmap, { isVideo: false });
      } finally {
        bitmap.close();
      }
    });
  }

  /** Trains; everything that happens is reported as events. */
  async train(request: TrainRequest): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    const { emit } = this;
    await this.turns.hold(async () => {
      try {
        const training = new Training(request, {
          device: await this.opened(),
          emit,
          signal: abort.signal,
          pass: () => this.turns.pass(),
          onModel: (live) => this.use(live),
        });
        emit({ kind: 'state', state: { name: 'ended', how: await training.run() } });
      } catch (error) {
        this.fail(error);
      } finally {
        this.abort = null;
      }
    });
  }

  stop(): void {
    this.abort?.abort();
  }

  /** Uses trained weights for recognition; null for none. @throws Error when the file contains no suitable weights */
  load(bytes: Uint8Array | null): Promise<void> {
    return this.turns.take(async () => {
      if (!bytes) {
        this.use(null);
        return;
      }
      const { state, metadata } = decodeWeights(bytes);
      const model = modelOf(state, metadata).to(await this.opened());
      try {
        model.loadStateDict(state);
        this.use(await LiveModel.create(model));
      } catch (error) {
        model.dispose();
        throw error;
      }
    });
  }

  /** Checks weights from which training shall start. @throws Error when none of them fit the network */
  checkStart(bytes: Uint8Array, recipe: Partial<Recipe>, classNames: readonly string[]): Promise<void> {
    return this.turns.take(async () => {
      const settled = settleRecipe(recipe, { images: 100, isDrawn: false });
      const model = modelFor(settled, { classNames }).to(await this.opened(), { seed: 1 });
      try {
        transferWeights(model, decodeWeights(bytes).state);
      } finally {
        model.dispose();
      }
    });
  }

  /** Runs the network on a picture or video frame, which is closed. */
  see(picture: ImageBitmap | VideoFrame, subject: Subject): Promise<Seen> {
    return this.turns.take(async () => {
      const started = performance.now();
      try {
        const { live } = this;
        if (!live) return { kind: 'none' };
        const size: [number, number] =
          'displayWidth' in picture
            ? [picture.displayWidth, picture.displayHeight]
            : [picture.width, picture.height];
        const isVideo = 'displayWidth' in picture;
        const window =
          subject === 'faces'
            ? await (await this.finder()).find(picture, { isVideo })
            : centerSquare(...size);
        if (!window) return { kind: 'no-face' };
        const crop = cropOf(picture, window, live.cropSide);
        const { probabilities } = await live.see(crop);
        return {
          kind: 'seen',
          probabilities,
          classNames: live.model.classNames,
          isStrange: isBlank(crop),
          window,
          size,
          milliseconds: performance.now() - started,
        };
      } finally {
        picture.close();
      }
    });
  }

  /** Converts a weights file to ONNX. */
  toOnnx(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const { state, metadata } = decodeWeights(bytes);
    const { project = '', subject = '' } = metadata;
    const onnx = encodeOnnx(modelOf(state, metadata), state, { about: { project, subject } });
    return transfer(onnx, [onnx.buffer]);
  }

  /** Returns the weights in half precision for a saved page, and the side of its crops. */
  forPage(bytes: Uint8Array): { weights: Uint8Array<ArrayBuffer>; cropSide: number } {
    const { state, metadata } = decodeWeights(bytes);
    const model = modelOf(state, metadata);
    const weights = encodeWeights(model, state, { dtype: 'f16' });
    return transfer({ weights, cropSide: cropSideOf(model.side) }, [weights.buffer]);
  }

  private use(live: LiveModel | null): void {
    this.live?.dispose();
    this.live = live;
  }

  private async finder(): Promise<FaceWindows> {
    this.faces ??= new FaceWindows(await this.opened());
    return this.faces;
  }

  private fail(error: unknown): void {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'DeviceLostError') this.forgetDevice();
    this.emit({
      kind: 'state',
      state: {
        name: 'failed',
        title: TITLES[name] ?? 'Training stopped',
        message,
        isDiverged: name === 'DivergedError' || name === 'NonFiniteError',
      },
    });
  }

  private forgetDevice(): void {
    this.device = null;
    this.faces = null;
    this.live = null;
  }

  private async opened(): Promise<Device> {
    if (this.device) return this.device;
    const device = await createDevice();
    this.device = device;
    device.lost.then(() => {
      if (this.device === device) this.forgetDevice();
    });
    return device;
  }
}

const TITLES: Record<string, string> = {
  DeviceLostError: 'The GPU was lost',
  NonFiniteError: 'Training diverged',
  DivergedError: 'Training diverged',
  GpuOutOfMemoryError: 'Out of GPU memory',
  DeviceLimitError: 'Too large for this GPU',
  WebGPUUnavailableError: 'WebGPU is not available',
};

export type { StudioEngine };

expose(new StudioEngine());
