import { checkOptions, type OptionRules, oneOf } from '../../gpu/check-options.ts';
import type { Device } from '../../gpu/device.ts';
import { Conv2d } from '../../layers/conv2d.ts';
import type { CostSheet } from '../../layers/cost-sheet.ts';
import { Module } from '../../layers/module.ts';
import { Sequential } from '../../layers/sequential.ts';
import { ShapeError } from '../../tensor/errors.ts';
import { expectDevice } from '../../tensor/expect.ts';
import { concat } from '../../tensor/ops/concat.ts';
import { reshape } from '../../tensor/ops/reshape.ts';
import { relu } from '../../tensor/ops/unary.ts';
import { imageShape, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import {
  fetchWeights,
  loadPretrained,
  WEIGHTS_SOURCE_OPTIONS,
  type WeightsSourceOptions,
  whileOpening,
} from '../fer-mobilenetv3/fetch-weights.ts';
import { WeightsError } from '../fer-mobilenetv3/weights-error.ts';
import { ModelSummary } from '../summary.ts';
import { BlazeBlock } from './blaze-block.ts';
import { blazeFaceUrl } from './blazeface-url.ts';
import {
  ANCHOR_COUNT,
  ANCHOR_MAPS,
  ANCHOR_VALUES,
  BLAZEFACE_VARIANTS,
  type BlazeFaceConfig,
  type BlazeFaceVariant,
} from './config.ts';

/** Options of `BlazeFace`. */
export interface BlazeFaceOptions {
  /**
   * 'back' (256 x 256 pixels, finds smaller faces) or 'front' (128 x 128 pixels, about 4 times as fast); default 'back'
   */
  variant?: BlazeFaceVariant;
}

const OPTIONS: OptionRules<BlazeFaceOptions> = {
  variant: (v) => oneOf(v, Object.keys(BLAZEFACE_VARIANTS)),
};

/** Options of `BlazeFace.pretrained`. */
export interface PretrainedBlazeFaceOptions extends BlazeFaceOptions, WeightsSourceOptions {}

const PRETRAINED_OPTIONS: OptionRules<PretrainedBlazeFaceOptions> = /* @__PURE__ */ (() => ({
  ...OPTIONS,
  ...WEIGHTS_SOURCE_OPTIONS,
}))();

const STEM_KERNEL = 5;
const BOX_VALUES = ANCHOR_VALUES - 1;

/** Two 1 x 1 convolutions from a map to the scores and to the boxes of its anchors. */
class Head extends Module {
  readonly score: Conv2d;
  readonly box: Conv2d;
  private readonly anchors: number;

  constructor(channels: number, anchors: number) {
    super();
    this.anchors = anchors;
    this.score = new Conv2d(channels, anchors, 1);
    this.box = new Conv2d(channels, BOX_VALUES * anchors, 1);
  }

  override get type(): string {
    return 'Head';
  }

  /** [N, cells, cells, channels] -> [N, cells * cells * anchors, 17] */
  forward(x: Tensor): Tensor {
    const [n, height, width] = x.shape as readonly number[] as [number, number, number];
    const count = height * width * this.anchors;
    const boxes = reshape(this.box.call(x), [n, count, BOX_VALUES]);
    return concat([boxes, reshape(this.score.call(x), [n, count, 1])], 2);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, height, width] = imageShape('Head', input);
    this.score.outputShape(input, costs);
    this.box.outputShape(input, costs);
    return [n, height * width * this.anchors, ANCHOR_VALUES];
  }
}

/**
 * The face detector of Bazarevsky et al., "BlazeFace: Sub-millisecond neural face detection on mobile GPUs", 2019,
 * arXiv:1907.05047, in the variants of MediaPipe. Input [N, side, side, 3], values in -1..1; output [N, 896, 17]: per anchor
 * the box's center, width and height, six keypoints (x, y), all in pixels of the input relative to the anchor, and the
 * logit of the score. `FaceDetector` of feathergrad/faces turns them into faces.
 */
export class BlazeFace extends Module {
  readonly variant: BlazeFaceVariant;
  /** pixels along each side of the input */
  readonly side: number;
  readonly stem: Conv2d;
  readonly fine: Sequential;
  readonly coarse: Sequential;
  readonly fineHead: Head;
  readonly coarseHead: Head;

  /** @throws Error for an unknown variant */
  constructor(options: BlazeFaceOptions = {}) {
    super();
    checkOptions('BlazeFace', options, OPTIONS);
    const { variant = 'back' } = options;
    const config: BlazeFaceConfig = BLAZEFACE_VARIANTS[variant];
    this.variant = variant;
    this.side = config.side;
    this.stem = new Conv2d(3, config.stem, STEM_KERNEL, { stride: 2, padding: 'same' });
    const [fine, coarse] = ANCHOR_MAPS;
    this.fine = blocks(config.stem, config.fine, true);
    const fineChannels = config.fine.at(-1)?.[0] as number;
    this.coarse = blocks(fineChannels, config.coarse, config.coarseResidual);
    this.fineHead = new Head(fineChannels, fine.anchors);
    this.coarseHead = new Head(config.coarse.at(-1)?.[0] as number, coarse.anchors);
  }

  /**
   * Loads a trained network: the weights that come with feathergrad (MediaPipe's), those at `url`, or those in
   * `weights`.
   * @throws WeightsError when the file is missing, is not a safetensors file or contains another network
   */
  static async pretrained(device: Device, options: PretrainedBlazeFaceOptions = {}): Promise<BlazeFace> {
    expectDevice('BlazeFace.pretrained', device);
    return BlazeFace.load(Promise.resolve(device), options);
  }

  /** Internal: like `pretrained`, while the device opens. */
  static async load(opening: Promise<Device>, options: PretrainedBlazeFaceOptions): Promise<BlazeFace> {
    checkOptions('BlazeFace.pretrained', options, PRETRAINED_OPTIONS);
    const { url, weights, signal, onProgress, cache, variant = 'back' } = options;
    const [{ state, metadata }, device] = await whileOpening(opening, (stop) =>
      fetchWeights(weights ?? url, () => blazeFaceUrl(variant), { signal, stop, onProgress, cache }),
    );
    if (metadata.variant !== undefined && metadata.variant !== variant) {
      throw new WeightsError(
        `weights: the variant is ${metadata.variant}, expected ${variant}. Pass the matching { variant }.`,
      );
    }
    const model = new BlazeFace({ variant }).eval();
    await loadPretrained(model, state, device);
    return model;
  }

  override get type(): string {
    return 'BlazeFace';
  }

  forward(x: Tensor): Tensor {
    this.checkInput(x.shape);
    const fine = this.fine.call(relu(this.stem.call(x)));
    const coarse = this.coarse.call(fine);
    return concat([this.fineHead.call(fine), this.coarseHead.call(coarse)], 1);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n] = this.checkInput(input);
    const stem = this.stem.outputShape(input, costs);
    const fine = this.fine.outputShape(stem, costs);
    const coarse = this.coarse.outputShape(fine, costs);
    this.fineHead.outputShape(fine, costs);
    this.coarseHead.outputShape(coarse, costs);
    return [n, ANCHOR_COUNT, ANCHOR_VALUES];
  }

  /** Returns output shape, parameters, MACs and activation bytes per layer, for one image. */
  summary(): ModelSummary {
    return new ModelSummary(this, this.side);
  }

  private checkInput(shape: Shape): readonly [number, number, number, number] {
    const whole = imageShape('BlazeFace', shape, 3);
    if (whole[1] === this.side && whole[2] === this.side) return whole;
    throw new ShapeError(
      `BlazeFace: input: got ${whole[1]} x ${whole[2]} pixels, expected ${this.side} x ` +
        `${this.side} for variant ${this.variant}. Resize the images.`,
    );
  }
}

function blocks(input: number, rows: readonly (readonly [number, number])[], residual: boolean): Sequential {
  let channels = input;
  return new Sequential(
    ...rows.map(([output, stride]) => {
      const block = new BlazeBlock({ input: channels, output, stride, residual });
      channels = output;
      return block;
    }),
  );
}
