import { IMAGENET_MEAN, IMAGENET_STD } from '../../data/imagenet.ts';
import {
  anything,
  boolean,
  checkCounts,
  checkOptions,
  finite,
  fraction,
  type OptionRules,
  oneOf,
} from '../../gpu/check-options.ts';
import { createDevice } from '../../gpu/create-device.ts';
import type { Device } from '../../gpu/device.ts';
import { Hardswish } from '../../layers/activations.ts';
import { ConvNormActivation } from '../../layers/conv-norm-activation.ts';
import type { CostSheet } from '../../layers/cost-sheet.ts';
import { Dropout } from '../../layers/dropout.ts';
import { requireFiniteLogits } from '../../layers/finite-logits.ts';
import { inEvaluation } from '../../layers/in-evaluation.ts';
import { ZEROS } from '../../layers/initialize.ts';
import { InvertedResidual } from '../../layers/inverted-residual.ts';
import { Linear } from '../../layers/linear.ts';
import { Module } from '../../layers/module.ts';
import { Sequential } from '../../layers/sequential.ts';
import { ShapeError } from '../../tensor/errors.ts';
import { expectDevice } from '../../tensor/expect.ts';
import { type ImageLike, imagesToTensor } from '../../tensor/image.ts';
import { cast } from '../../tensor/ops/cast.ts';
import { globalAvgPool } from '../../tensor/ops/global-avg-pool.ts';
import { flatten } from '../../tensor/ops/reshape.ts';
import { RESIZE_OPTIONS } from '../../tensor/resize-options.ts';
import { scope } from '../../tensor/scope.ts';
import { imageShape, type Shape } from '../../tensor/shape.ts';
import { isGradEnabled } from '../../tensor/tape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { classNamesFrom } from './class-names.ts';
import { type ImageColor, networkConfig, VARIANTS, type Variant } from './config.ts';
import { predictionLogits, probabilitiesOf } from './prediction.ts';
import type { PretrainedOptions } from './pretrained.ts';
import { ModelSummary } from './summary.ts';

/** Options of `FerMobileNetV3`; the defaults are those of the paper's network for FER+. */
export interface FerMobileNetV3Options {
  /**
   * class names in the order of the outputs, or their number, for the names `class 0`, `class 1`, ... (default: the
   * eight of FER+, `FER_CLASSES`)
   */
  classes?: number | readonly string[];
  variant?: Variant;
  /** dropout before the last linear layer */
  dropout?: number;
  /** momentum of batch norm outside the attention modules; use 0.1 for short runs */
  bnMomentum?: number;
  /** initializes residual blocks as the identity, so that training from scratch is much faster; see InvertedResidual */
  zeroInitResidual?: boolean;
  /** side to which predict() resizes, in pixels (default 224) */
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

const OPTIONS: OptionRules<FerMobileNetV3Options> = /* @__PURE__ */ (() => ({
  classes: anything,
  variant: (v) => oneOf(v, VARIANTS),
  dropout: fraction,
  bnMomentum: (v) => finite(v, 0, 1),
  zeroInitResidual: boolean,
  ...RESIZE_OPTIONS,
  mirror: boolean,
}))();

/** Options of `FerMobileNetV3.predict`. */
export interface PredictOptions {
  /**
   * averages the probabilities of each image and its mirror image, at twice the cost (default: the model's `mirror`)
   */
  mirror?: boolean;
  /** number of classes to return per image (default: all) */
  topK?: number;
}

const PREDICT_OPTIONS: OptionRules<PredictOptions> = { mirror: boolean, topK: anything };

/** A class and its probability. */
export interface Prediction {
  label: string;
  /** 0 to 1; the probabilities of all classes sum to 1 */
  probability: number;
}

const MIN_SIDE = 32;
/** Maximum number of images per pass, including mirror images; bounds the memory. */
const PREDICT_BATCH = 32;
const EPS = 1e-3;

/**
 * The network of Liang et al., "A lightweight method for face expression recognition based on improved MobileNetV3",
 * IET Image Processing 17(8), 2023, doi 10.1049/ipr2.12798, and the variants that it is compared with. Input [N, side,
 * side, 3], ImageNet-normalized, any side from 32; output logits [N, classes].
 */
export class FerMobileNetV3 extends Module {
  readonly classNames: readonly string[];
  readonly variant: Variant;
  readonly features: Sequential;
  // named as in the reference (classifier_1, classifier_2) or in torchvision (classifier)
  readonly classifier_1?: Sequential;
  readonly classifier_2?: Sequential;
  readonly classifier?: Sequential;
  readonly embeddingWidth: number;
  // hidden from children(): they are part of the classifiers
  readonly #hidden: Linear;
  readonly #last: Linear;
  /** side to which predict() resizes, at least 32 */
  side: number;
  /**
   * Storage type of activations at inference. f16 halves their bytes (see docs/performance.md for the effect on
   * accuracy). Sums are f32 in both cases. f16 needs an adapter with shader-f16.
   */
  activations: 'f32' | 'f16' = 'f32';
  /** normalization of predict() per channel: subtracts `mean` from pixels in 0..1, then divides by `std` */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** 'gray': predict(), `fit` and `evaluate` convert color images to their luma */
  readonly color: ImageColor;
  /** whether predict() averages over each image and its mirror image */
  mirror: boolean;

  /** @throws Error for fewer than two classes, invalid class names, or an unknown variant or color */
  constructor(options: FerMobileNetV3Options = {}) {
    super();
    checkOptions('FerMobileNetV3', options, OPTIONS);
    const { classes, variant = 'paper', dropout = 0.2, bnMomentum = 0.01, side = 224 } = options;
    const { zeroInitResidual = false, mean = IMAGENET_MEAN, std = IMAGENET_STD } = options;
    const { color = 'rgb', mirror = false } = options;
    this.classNames = classNamesFrom(classes);
    this.variant = variant;
    this.side = side;
    this.mean = mean;
    this.std = std;
    this.color = color;
    this.mirror = mirror;
    const config = networkConfig(variant);
    const norm = { eps: EPS, momentum: bnMomentum };
    const modules: Module[] = [
      new ConvNormActivation(3, config.stem, 3, { stride: 2, activation: 'hardSwish', ...norm }),
    ];
    let input = config.stem;
    for (const block of config.blocks) {
      modules.push(new InvertedResidual({ input, ...block, ...norm, zeroInitResidual }));
      input = block.output;
    }
    modules.push(new ConvNormActivation(input, config.tail, 1, { activation: 'hardSwish', ...norm }));
    this.features = new Sequential(...modules);
    this.embeddingWidth = config.embedding;
    const init = { kind: 'normal', std: 0.01 } as const;
    this.#hidden = new Linear(config.tail, config.embedding, { init, biasInit: ZEROS });
    this.#last = new Linear(config.embedding, this.classNames.length, { init, biasInit: ZEROS });
    if (config.heads === 'reference') {
      this.classifier_1 = new Sequential(this.#hidden);
      this.classifier_2 = new Sequential(new Hardswish(), new Dropout(dropout), this.#last);
    } else {
      this.classifier = new Sequential(this.#hidden, new Hardswish(), new Dropout(dropout), this.#last);
    }
  }

  /**
   * Loads a trained network, ready for `predict`: the weights that come with feathergrad (FER+), those at `url`, or
   * those in `weights` (safetensors, such as `feathergrad train` writes). The file determines variant, class names,
   * input side and normalization.
   *
   * @param device the device for the model (default in a page or worker: a new device, `model.device`)
   * @throws WeightsError when the file is missing, is not a safetensors file or contains another network
   */
  static async pretrained(device?: Device, options: PretrainedOptions = {}): Promise<FerMobileNetV3> {
    // loaded on demand, since a page with other weights does not need it
    if (device) expectDevice('pretrained', device);
    const { fetchPretrained, loadPretrained } = await import('./pretrained.ts');
    const { network, state } = await fetchPretrained(options);
    const model = new FerMobileNetV3(network).eval();
    loadPretrained(model, state, device ?? (await createDevice()), !device);
    return model;
  }

  override get type(): string {
    return 'FerMobileNetV3';
  }

  forward(x: Tensor): Tensor {
    if (this.training || isGradEnabled()) return this.forwardWithEmbedding(x).logits;
    this.checkSide(x.shape);
    // the embedding before the activation is not needed, so both are fused, and dropout has no effect
    return scope(() => {
      const pooled = flatten(globalAvgPool(this.features.call(cast(x, this.activations))));
      return this.#last.call(this.#hidden.fused(pooled, 'hardSwish'));
    });
  }

  /** Returns logits, and the embedding [N, 640] for the center loss: the output of the first linear layer. */
  forwardWithEmbedding(x: Tensor): { logits: Tensor; embedding: Tensor } {
    this.checkSide(x.shape);
    return scope(() => {
      const pooled = flatten(globalAvgPool(this.features.call(x)));
      const [first, rest] = this.heads();
      const embedding = first.call(pooled);
      const logits = rest.reduce((value, module) => module.call(value), embedding);
      return { logits, embedding };
    });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    this.checkSide(input);
    const [n, , , c] = imageShape('FerMobileNetV3', this.features.outputShape(input, costs));
    const [first, rest] = this.heads();
    return rest.reduce((shape, module) => module.outputShape(shape, costs), first.outputShape([n, c], costs));
  }

  /** Returns output shape, parameters, MACs and activation bytes per layer, for one image of this side. */
  summary(side = this.side): ModelSummary {
    checkCounts('summary', { side });
    return new ModelSummary(this, side);
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
    const { device, side, mean, std, color } = this;
    const list = (Array.isArray(images) ? images : [images]) as readonly ImageLike[];
    const together = mirror ? PREDICT_BATCH / 2 : PREDICT_BATCH;
    const found: Prediction[][] = [];
    for (let start = 0; start < list.length; start += together) {
      const logits = inEvaluation(this, () =>
        scope(() => {
          const part = list.slice(start, start + together);
          return predictionLogits(this, imagesToTensor(device, part, { side, mean, std, color }), { mirror });
        }),
      );
      const values = (await logits.data()) as Float32Array;
      logits.dispose();
      const classes = this.classNames.length;
      const half = values.length / 2;
      const both = mirror
        ? values.subarray(0, half).map((value, i) => value + (values[half + i] as number))
        : values;
      await requireFiniteLogits('predict', this, both, classes, (row) => `images[${start + row}]`);
      for (const row of probabilitiesOf(values, classes, { mirror })) {
        const all = this.classNames.map((label, i) => ({ label, probability: row[i] as number }));
        found.push(all.sort((a, b) => b.probability - a.probability).slice(0, topK));
      }
    }
    return Array.isArray(images) ? found : (found[0] as Prediction[]);
  }

  private heads(): [Module, readonly Module[]] {
    if (this.classifier_1 && this.classifier_2) return [this.classifier_1, [this.classifier_2]];
    const [first, ...rest] = (this.classifier as Sequential).modules;
    return [first as Module, rest];
  }

  private checkSide(shape: Shape): void {
    const [, h, w] = imageShape('FerMobileNetV3', shape, 3);
    if (h < MIN_SIDE || w < MIN_SIDE) {
      throw new ShapeError(
        `FerMobileNetV3: input: got ${h} x ${w} pixels, expected at least ${MIN_SIDE} x ${MIN_SIDE}`,
      );
    }
  }
}
