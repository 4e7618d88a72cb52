import { IMAGENET_MEAN, IMAGENET_STD } from '../data/imagenet.ts';
import {
  anything,
  boolean,
  callable,
  checkCounts,
  checkOptions,
  integer,
  type OptionRules,
} from '../gpu/check-options.ts';
import type { OnCompile } from '../gpu/compile-progress.ts';
import { inEvaluation } from '../layers/in-evaluation.ts';
import { Module } from '../layers/module.ts';
import { ShapeError } from '../tensor/errors.ts';
import { type ImageLike, imagesToTensor } from '../tensor/image.ts';
import { RESIZE_OPTIONS } from '../tensor/resize-options.ts';
import { scope } from '../tensor/scope.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { classNamesFrom } from './class-names.ts';
import type { ImageColor } from './fer-mobilenetv3/config.ts';
import { predictionLogits, predictionsOf } from './prediction.ts';
import { ModelSummary } from './summary.ts';

/** Options of every network: its classes, and how predict() prepares images. */
export interface ImageClassifierOptions {
  /**
   * class names in the order of the outputs, or their number, for the names `class 0`, `class 1`, ... (default: the
   * classes of the data set for which the network was published)
   */
  classes?: number | readonly string[];
  /** side to which predict() resizes, in pixels (default 224, or 32 for the networks published for that side) */
  side?: number;
  /**
   * normalization by predict(), per channel, for pixels in 0..1: subtracts `mean`, divides by `std` (default:
   * ImageNet's)
   */
  mean?: readonly [number, number, number];
  std?: readonly [number, number, number];
  /**
   * 'gray' for a network that was trained on gray images; color images are then converted to their luma (default 'rgb')
   */
  color?: ImageColor;
  /** whether predict() averages the probabilities of each image and its mirror image (default false) */
  mirror?: boolean;
}

/** Rules of `ImageClassifierOptions`. */
export const IMAGE_CLASSIFIER_OPTIONS: OptionRules<ImageClassifierOptions> = /* @__PURE__ */ (() => ({
  classes: anything,
  ...RESIZE_OPTIONS,
  mirror: boolean,
}))();

/** Options of `predict`. */
export interface PredictOptions {
  /**
   * whether to average the probabilities of each image and its mirror image, at twice the cost (default: the model's
   * `mirror`)
   */
  mirror?: boolean;
  /** number of classes to return per image (default: all) */
  topK?: number;
}

const PREDICT_OPTIONS: OptionRules<PredictOptions> = { mirror: boolean, topK: anything };

/** Options of `compile`. */
export interface CompileOptions {
  /** number of images per call of `predict` (default 1); another number may need other kernels */
  images?: number;
  /** called with the number of compiled kernels, once at the beginning and after each kernel */
  onProgress?: OnCompile;
}

const COMPILE_OPTIONS: OptionRules<CompileOptions> = /* @__PURE__ */ (() => ({
  images: (v) => integer(v, 1),
  onProgress: callable,
}))();

/** A class and its probability. */
export interface Prediction {
  label: string;
  /** 0 to 1; the probabilities of all classes sum to 1 */
  probability: number;
}

/** Paths of the parts of a network that transfer learning trains. */
export interface TrainableParts {
  /** the layers after the pooling */
  readonly head: readonly string[];
  /** the blocks at the lowest resolution, and the convolutions after them */
  readonly lastBlocks: readonly string[];
}

const MIN_SIDE = 32;
/** Maximum number of images per pass, including mirror images; bounds the memory. */
const PREDICT_BATCH = 32;
const imagesPerPass = (mirror: boolean) => (mirror ? PREDICT_BATCH / 2 : PREDICT_BATCH);

/** Base class of the networks: from images [N, side, side, 3] to logits [N, classes], with class names and `predict`. */
export abstract class ImageClassifier extends Module {
  /** name on the command line (`--model`), in weights files and for `getModel`, such as `mobilenet_v2` */
  readonly model: string;
  /** variant of `FerMobileNetV3` */
  declare readonly variant?: string;
  readonly classNames: readonly string[];
  /** side to which predict() resizes, at least 32 */
  side: number;
  /**
   * Storage type of activations at inference. f16 halves their bytes (see docs/performance.md for the effect on accuracy).
   * Sums are f32 in both cases. f16 needs an adapter with shader-f16.
   */
  activations: 'f32' | 'f16' = 'f32';
  /** normalization of predict() per channel: subtracts `mean` from pixels in 0..1, then divides by `std` */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** 'gray': predict(), `fit` and `evaluate` convert color images to their luma */
  readonly color: ImageColor;
  /** whether predict() averages over each image and its mirror image */
  mirror: boolean;
  /** channels of the images */
  readonly inputChannels: number;
  /** width of the embedding that `forwardWithEmbedding` returns */
  abstract readonly embeddingWidth: number;
  /** the parts that `train: 'head'` and `train: 'last-blocks'` train */
  abstract readonly parts: TrainableParts;

  /** Returns logits [N, classes], and the embedding [N, embeddingWidth] for a center loss. */
  abstract forwardWithEmbedding(x: Tensor): { logits: Tensor; embedding: Tensor };

  /**
   * @param owner the class, for messages
   * @param usual the classes by default
   */
  constructor(
    owner: string,
    model: string,
    options: ImageClassifierOptions & { inputChannels?: number },
    usual: number | readonly string[],
  ) {
    super();
    const { classes, side = 224, mean = IMAGENET_MEAN, std = IMAGENET_STD } = options;
    const { color = 'rgb', mirror = false, inputChannels = 3 } = options;
    this.model = model;
    this.classNames = classNamesFrom(owner, classes, usual);
    this.side = side;
    this.mean = mean;
    this.std = std;
    this.color = color;
    this.mirror = mirror;
    this.inputChannels = inputChannels;
  }

  /** Returns output shape, parameters, MACs and activation bytes per layer, for one image of this side. */
  summary(side = this.side): ModelSummary {
    checkCounts('summary', { side });
    return new ModelSummary(this, side, this.inputChannels);
  }

  /**
   * Returns the class probabilities of images of any size, most probable first. Images are resized to `side`, converted
   * to gray if the model's `color` is 'gray', and normalized. The network runs in evaluation mode.
   *
   * @param images one image or an array; see `ImageLike` for the supported types
   * @returns per image, a list of the `topK` most probable classes; the probabilities of all classes sum to 1
   * @throws Error for a value that is not a readable image; RangeError for a `topK` out of range; NonFiniteError when
   *   the network's output is not finite, with the first weight or layer that is not finite
   */
  async predict(images: ImageLike, options?: PredictOptions): Promise<Prediction[]>;
  async predict(images: readonly ImageLike[], options?: PredictOptions): Promise<Prediction[][]>;
  async predict(
    images: ImageLike | readonly ImageLike[],
    options: PredictOptions = {},
  ): Promise<Prediction[] | Prediction[][]> {
    checkOptions('predict', options, PREDICT_OPTIONS);
    const { mirror = this.mirror, topK = this.classNames.length } = options;
    if (!Number.isInteger(topK) || topK < 1) {
      throw new RangeError(`predict: topK: got ${topK}, expected an integer of at least 1`);
    }
    const list = (Array.isArray(images) ? images : [images]) as readonly ImageLike[];
    const together = imagesPerPass(mirror);
    const found: Prediction[][] = [];
    for (let start = 0; start < list.length; start += together) {
      const part = list.slice(start, start + together);
      const values = await this.valuesOf(part, mirror);
      const name = (i: number) => `images[${start + i}]`;
      const all = await predictionsOf('predict', this, values, part.length, { mirror }, name);
      found.push(...all.map((predictions) => predictions.slice(0, topK)));
    }
    return Array.isArray(images) ? found : (found[0] as Prediction[]);
  }

  /**
   * Compiles the kernels of `predict` without blocking the page, so that the first prediction is as fast as later ones.
   * Without it, the first prediction compiles them.
   */
  async compile(options: CompileOptions = {}): Promise<void> {
    checkOptions('compile', options, COMPILE_OPTIONS);
    const { images = 1, onProgress } = options;
    const { mirror } = this;
    const blank = { width: 1, height: 1, data: new Uint8Array(4) };
    const blanks = new Array<ImageLike>(Math.min(images, imagesPerPass(mirror))).fill(blank);
    await this.valuesOf(blanks, mirror, onProgress); // runs once, since some drivers compile a kernel when it first runs
  }

  /** Computes the logits of images of any size, after compiling what is missing in parallel. */
  private async valuesOf(
    images: readonly ImageLike[],
    mirror: boolean,
    onProgress?: OnCompile,
  ): Promise<Float32Array> {
    const logits = this.logitsOf(images, mirror);
    try {
      // inside capture(), data() throws
      if (!this.device.isCapturing) await this.device.compileRecorded(onProgress);
      return (await logits.data()) as Float32Array;
    } finally {
      logits.dispose();
    }
  }

  /** Internal: returns the logits of images of any size, in evaluation mode; see `predictionLogits`. */
  logitsOf(images: readonly ImageLike[], mirror: boolean): Tensor {
    const { device, side, mean, std, color } = this;
    return inEvaluation(this, () =>
      scope(() =>
        predictionLogits(this, imagesToTensor(device, images, { side, mean, std, color }), { mirror }),
      ),
    );
  }

  /** @throws ShapeError unless `shape` is [N, H, W, channels] with sides of at least 32 */
  protected checkInput(shape: Shape): void {
    const [, h, w] = imageShape(this.type, shape, this.inputChannels);
    if (h < MIN_SIDE || w < MIN_SIDE) {
      throw new ShapeError(
        `${this.type}: input: got ${h} x ${w} pixels, expected at least ${MIN_SIDE} x ${MIN_SIDE}`,
      );
    }
  }
}
