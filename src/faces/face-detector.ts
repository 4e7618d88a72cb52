import { checkOptions, finite, fraction, integer, type OptionRules } from '../gpu/check-options.ts';
import { createDevice } from '../gpu/create-device.ts';
import type { Device } from '../gpu/device.ts';
import { BlazeFace, type PretrainedBlazeFaceOptions } from '../models/blazeface/blazeface.ts';
import { abandon } from '../models/fer-mobilenetv3/fetch-weights.ts';
import { type Frame, type FrameWindows, frameToTensor } from '../tensor/frame.ts';
import type { ImageLike } from '../tensor/image.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { decodeFaces } from './decode.ts';
import { enlarged, type Face, type FaceBox } from './face.ts';
import { FramePasses } from './frame-passes.ts';
import { type FramedImage, ImageFrame } from './image-frame.ts';
import { facesFrom } from './suppress.ts';
import { tilesFor } from './tiles.ts';
import { Turns, whileOpen } from './turns.ts';

/** Options of `FaceDetector.detect`. */
export interface DetectOptions {
  /** minimum score of a face, 0 to 1 (default 0.6) */
  minScore?: number;
  /** maximum number of faces; the most certain ones are kept (default 100) */
  maxFaces?: number;
  /**
   * scales of the search: for scale s, the image is searched in square tiles of side (longer side) / s; see `tilesFor`
   * (default [1, 2], or [1] if the longer side has up to 256 pixels)
   */
  scales?: readonly number[];
}

const OPTIONS: OptionRules<DetectOptions> = {
  minScore: fraction,
  maxFaces: (v) => integer(v, 1),
  scales: (v) =>
    Array.isArray(v) && v.length > 0 && v.every((scale) => finite(scale, 0.25, 64) === undefined)
      ? undefined
      : 'an array of numbers from 0.25 to 64',
};

/** Defaults of `DetectOptions`. */
export const DETECT_DEFAULTS: Required<DetectOptions> = { minScore: 0.6, maxFaces: 100, scales: [1, 2] };

/** Longer side of images that are searched only as a whole: smaller tiles would show no further detail. */
const SMALL_SIDE = 256;
/** Maximum tiles per pass of the network; more tiles are processed in several passes. */
const MOST_TILES = 32;

/**
 * Finds faces in images and video frames with BlazeFace. The image is searched in square tiles of several sizes, which the
 * network processes in one batch. Buffers and recorded work are kept between calls, so that nothing is created per frame.
 */
export class FaceDetector {
  readonly model: BlazeFace;
  /** Internal: images are processed one after another, since they use the same memory. */
  readonly turns = new Turns();
  private readonly image: ImageFrame;
  private readonly ownsDevice: boolean;
  private readonly passes: FramePasses<Tensor>;
  private isDisposed = false;

  /** Internal: use `FaceDetector.load`. */
  constructor(model: BlazeFace, ownsDevice = false) {
    this.model = model;
    this.image = new ImageFrame(model.device);
    this.passes = new FramePasses(model.device, (frame, windows) =>
      scope(() => noGrad(() => this.detections(frame, windows))),
    );
    this.ownsDevice = ownsDevice;
  }

  /**
   * Loads the detector with the weights that come with feathergrad, or those at `url` or in `weights`.
   * @param device the device to run on (default in a page or worker: a new device, destroyed by `dispose`)
   * @throws WeightsError when the weights cannot be loaded
   */
  static async load(device?: Device, options: PretrainedBlazeFaceOptions = {}): Promise<FaceDetector> {
    if (device) return new FaceDetector(await BlazeFace.pretrained(device, options));
    const opening = createDevice();
    try {
      return new FaceDetector(await BlazeFace.load(opening, options), true);
    } catch (error) {
      abandon(opening);
      throw error;
    }
  }

  /** the device on which the detector runs */
  get device(): Device {
    return this.model.device;
  }

  /**
   * Returns the faces in an image, most certain first; box and keypoints in pixels of the image. Calls that overlap are
   * processed in their order.
   * @param image see `ImageLike`, or a `Frame` on the same device, whose window is ignored
   * @throws Error for a value that is not a readable image, for an option out of range, and after `dispose`
   */
  detect(image: ImageLike | Frame, options: DetectOptions = {}): Promise<Face[]> {
    return this.turns.take(() => this.search(image, options));
  }

  /** Internal: like `detect`, but the caller has the turn. */
  search(image: ImageLike | Frame, options: DetectOptions): Promise<Face[]> {
    return whileOpen(
      () => this.requireOpen(),
      () => this.found(image, options),
    );
  }

  private async found(image: ImageLike | Frame, options: DetectOptions): Promise<Face[]> {
    checkOptions('detect', options, OPTIONS);
    const { minScore = DETECT_DEFAULTS.minScore, maxFaces = DETECT_DEFAULTS.maxFaces } = options;
    const { frame, reduction } = await this.onGpu(image);
    const { width, height } = frame.size;
    const isSmall = Math.max(width, height) <= SMALL_SIDE;
    const { scales = isSmall ? [1] : DETECT_DEFAULTS.scales } = options;
    const tiles = tilesFor(width, height, scales);
    const parts: Float32Array[] = [];
    for (let start = 0; start < tiles.length; start += MOST_TILES) {
      parts.push(await this.run(frame, tiles.slice(start, start + MOST_TILES)));
    }
    return facesFrom(joined(parts), minScore, maxFaces).map((face) => enlarged(face, reduction));
  }

  /** Internal: copies an image to the GPU, to memory that the detector keeps. */
  onGpu(image: ImageLike | Frame): Promise<FramedImage> {
    return this.image.of(image);
  }

  /** Returns the detections in some tiles, in pixels of the frame. */
  private async run(frame: Frame, tiles: readonly FaceBox[]): Promise<Float32Array> {
    return (await (await this.passes.run(frame, tiles)).data()) as Float32Array;
  }

  private detections(frame: Frame, windows: FrameWindows): Tensor {
    const { side } = this.model;
    const pixels = frameToTensor(frame, { side, mean: HALF, std: HALF }, windows);
    return decodeFaces(this.model.call(pixels), windows, side);
  }

  private requireOpen(): void {
    if (this.isDisposed) {
      throw new Error('detect: this detector was disposed. Create another one with FaceDetector.load().');
    }
  }

  /** Frees the memory, and destroys a device that `load` created. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.passes.dispose();
    this.image.dispose();
    this.model.dispose();
    if (this.ownsDevice) this.device.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Normalization from pixels in 0..1 to -1..1, with which the network was trained. */
const HALF = [0.5, 0.5, 0.5] as const;

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0] as Float32Array;
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
