import { boolean, checkOptions, finite, fraction, integer, type OptionRules } from '../gpu/check-options.ts';
import { onShapes, onTensors, type Steps } from '../layers/composite.ts';
import type { CostSheet } from '../layers/cost-sheet.ts';
import { type Init, ONES, ZEROS } from '../layers/initialize.ts';
import type { Sequential } from '../layers/sequential.ts';
import { cast } from '../tensor/ops/cast.ts';
import { scope } from '../tensor/scope.ts';
import type { Shape } from '../tensor/shape.ts';
import { isGradEnabled } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  IMAGE_CLASSIFIER_OPTIONS,
  ImageClassifier,
  type ImageClassifierOptions,
} from './image-classifier.ts';

/** Options of the networks in `feathergrad/models`. */
export interface NetworkOptions extends ImageClassifierOptions {
  /** channels of the images (default 3); `predict`, `fit` and the command line need 3 */
  inputChannels?: number;
  /** probability of the dropout before the last layer (default: the publication's); no effect on a network without dropout */
  dropout?: number;
  /**
   * only for EfficientNet: probability with which the last residual block is skipped in training (default 0.2, as in
   * torchvision); earlier blocks are skipped less often
   */
  stochasticDepth?: number;
  /**
   * momentum of batch norm (default torchvision's: 0.01 in MobileNetV3, otherwise 0.1); no effect on a network without
   * it
   */
  bnMomentum?: number;
  /**
   * initializes residual blocks as the identity, like torchvision's `zero_init_residual` (default false); no effect on a
   * network without residual blocks
   */
  zeroInitResidual?: boolean;
}

const OPTIONS: OptionRules<NetworkOptions> = /* @__PURE__ */ (() => ({
  ...IMAGE_CLASSIFIER_OPTIONS,
  inputChannels: (v) => integer(v, 1),
  dropout: fraction,
  stochasticDepth: fraction,
  bnMomentum: (v) => finite(v, 0, 1),
  zeroInitResidual: boolean,
}))();

/** Constants of the batch norms of a network. */
export interface NormConstants {
  eps: number;
  momentum: number;
}

/** Properties that a network's publication sets. */
export interface Published {
  /** number of classes, or their names (default ImageNet's 1000) */
  classes?: number;
  dropout?: number;
  /** (default 224) */
  side?: number;
  /** (default PyTorch's: eps 1e-5, momentum 0.1) */
  norm?: NormConstants;
}

/** Returns the initial scale of the last norm of a residual block. */
export const lastScale = (isZero: boolean): Init => (isZero ? ZEROS : ONES);

/**
 * Initialization of the last linear layer in torchvision's MobileNets and EfficientNets: normal with standard deviation
 * 0.01.
 */
export const SMALL_NORMAL = { init: { kind: 'normal', std: 0.01 }, biasInit: ZEROS } as const;

/** Base class of the networks by name: `embed`, then `classify`. */
export abstract class Network extends ImageClassifier {
  protected readonly norm: NormConstants;
  protected readonly dropout: number;
  protected readonly zeroInitResidual: boolean;

  constructor(owner: string, model: string, options: NetworkOptions, published: Published = {}) {
    checkOptions(owner, options, OPTIONS);
    const { classes = 1000, dropout = 0, side = 224, norm = { eps: 1e-5, momentum: 0.1 } } = published;
    super(owner, model, { ...options, side: options.side ?? side }, classes);
    this.norm = { ...norm, momentum: options.bnMomentum ?? norm.momentum };
    this.dropout = options.dropout ?? dropout;
    this.zeroInitResidual = options.zeroInitResidual ?? false;
  }

  /** Computes the embedding [N, embeddingWidth] of images [N, H, W, channels]. */
  abstract embed<V>(on: Steps<V>, x: V): V;

  /** Computes the logits [N, classes] of an embedding. */
  abstract classify<V>(on: Steps<V>, embedding: V): V;

  /** Computes the whole network in steps; see `Composite`. */
  compose<V>(on: Steps<V>, x: V): V {
    return this.classify(on, this.embed(on, x));
  }

  forward(x: Tensor): Tensor {
    this.checkInput(x.shape);
    const isInference = !this.training && !isGradEnabled();
    return scope(() => this.compose(onTensors, isInference ? cast(x, this.activations) : x));
  }

  forwardWithEmbedding(x: Tensor): { logits: Tensor; embedding: Tensor } {
    this.checkInput(x.shape);
    return scope(() => {
      const embedding = this.embed(onTensors, x);
      return { logits: this.classify(onTensors, embedding), embedding };
    });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    this.checkInput(input);
    return this.compose(onShapes(this, costs), input);
  }
}

/** Base class of the networks whose embedding is the mean of `features` over the pixels, as in torchvision's MobileNets. */
export abstract class FeatureNetwork extends Network {
  abstract readonly features: Sequential;
  abstract readonly classifier: Sequential;

  embed<V>(on: Steps<V>, x: V): V {
    return on.flatten(on.mean(on.call(this.features, x)));
  }

  classify<V>(on: Steps<V>, embedding: V): V {
    return on.call(this.classifier, embedding);
  }
}

/** Returns the paths of the modules of a sequence from `from` (inclusive) to `to` (exclusive). */
export const paths = (sequence: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${sequence}.${from + i}`);
