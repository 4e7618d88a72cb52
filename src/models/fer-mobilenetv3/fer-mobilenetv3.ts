import { boolean, checkOptions, finite, fraction, type OptionRules, oneOf } from '../../gpu/check-options.ts';
import type { Device } from '../../gpu/device.ts';
import { Hardswish } from '../../layers/activations.ts';
import { ConvNormActivation } from '../../layers/conv-norm-activation.ts';
import type { CostSheet } from '../../layers/cost-sheet.ts';
import { Dropout } from '../../layers/dropout.ts';
import { ZEROS } from '../../layers/initialize.ts';
import { InvertedResidual } from '../../layers/inverted-residual.ts';
import { Linear } from '../../layers/linear.ts';
import type { Module } from '../../layers/module.ts';
import { Sequential } from '../../layers/sequential.ts';
import { expectDevice } from '../../tensor/expect.ts';
import { cast } from '../../tensor/ops/cast.ts';
import { globalAvgPool } from '../../tensor/ops/global-avg-pool.ts';
import { flatten } from '../../tensor/ops/reshape.ts';
import { scope } from '../../tensor/scope.ts';
import { imageShape, type Shape } from '../../tensor/shape.ts';
import { isGradEnabled } from '../../tensor/tape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import {
  IMAGE_CLASSIFIER_OPTIONS,
  ImageClassifier,
  type ImageClassifierOptions,
  type TrainableParts,
} from '../image-classifier.ts';
import { FER_CLASSES, networkConfig, VARIANTS, type Variant } from './config.ts';
import type { PretrainedOptions } from './pretrained.ts';

/** Options of `FerMobileNetV3`; the defaults are those of the paper's network for FER+. */
export interface FerMobileNetV3Options extends ImageClassifierOptions {
  variant?: Variant;
  /** dropout before the last linear layer (default 0.2) */
  dropout?: number;
  /** momentum of batch norm outside the attention modules (default 0.01); use 0.1 for short runs */
  bnMomentum?: number;
  /** initializes residual blocks as the identity, so that training from scratch is much faster; see InvertedResidual */
  zeroInitResidual?: boolean;
}

const OPTIONS: OptionRules<FerMobileNetV3Options> = /* @__PURE__ */ (() => ({
  ...IMAGE_CLASSIFIER_OPTIONS,
  variant: (v) => oneOf(v, VARIANTS),
  dropout: fraction,
  bnMomentum: (v) => finite(v, 0, 1),
  zeroInitResidual: boolean,
}))();

const EPS = 1e-3;

/**
 * The network of Liang et al., "A lightweight method for face expression recognition based on improved MobileNetV3",
 * IET Image Processing 17(8), 2023, doi 10.1049/ipr2.12798, and the variants that it is compared with. Input [N, side,
 * side, 3], ImageNet-normalized, any side from 32; output logits [N, classes].
 */
export class FerMobileNetV3 extends ImageClassifier {
  declare readonly variant: Variant;
  readonly features: Sequential;
  // named as in the reference (classifier_1, classifier_2) or in torchvision (classifier)
  readonly classifier_1?: Sequential;
  readonly classifier_2?: Sequential;
  readonly classifier?: Sequential;
  readonly embeddingWidth: number;
  // hidden from children(): they are part of the classifiers
  readonly #hidden: Linear;
  readonly #last: Linear;

  /** @throws Error for fewer than two classes, invalid class names, or an unknown variant or color */
  constructor(options: FerMobileNetV3Options = {}) {
    checkOptions('FerMobileNetV3', options, OPTIONS);
    super('FerMobileNetV3', 'fer_mobilenetv3', options, FER_CLASSES);
    const { variant = 'paper', dropout = 0.2, bnMomentum = 0.01, zeroInitResidual = false } = options;
    this.variant = variant;
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
   * input side and normalization. During a download the kernels of `predict` for one image are compiled.
   *
   * @param device the device for the model (default in a page or worker: a new device, `model.device`)
   * @throws WeightsError when the file is missing, is not a safetensors file or contains another network
   */
  static async pretrained(device?: Device, options: PretrainedOptions = {}): Promise<FerMobileNetV3> {
    // loaded on demand, since a page with other weights does not need it
    if (device) expectDevice('pretrained', device);
    const { loadNetwork } = await import('./pretrained.ts');
    return loadNetwork((network) => new FerMobileNetV3(network), device, options);
  }

  override get type(): string {
    return 'FerMobileNetV3';
  }

  forward(x: Tensor): Tensor {
    if (this.training || isGradEnabled()) return this.forwardWithEmbedding(x).logits;
    this.checkInput(x.shape);
    // the embedding before the activation is not needed, so both are fused, and dropout has no effect
    return scope(() => {
      const pooled = flatten(globalAvgPool(this.features.call(cast(x, this.activations))));
      return this.#last.call(this.#hidden.fused(pooled, 'hardSwish'));
    });
  }

  /** Returns logits, and the embedding [N, 640] for the center loss: the output of the first linear layer. */
  forwardWithEmbedding(x: Tensor): { logits: Tensor; embedding: Tensor } {
    this.checkInput(x.shape);
    return scope(() => {
      const pooled = flatten(globalAvgPool(this.features.call(x)));
      const [first, rest] = this.heads();
      const embedding = first.call(pooled);
      const logits = rest.reduce((value, module) => module.call(value), embedding);
      return { logits, embedding };
    });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    this.checkInput(input);
    const [n, , , c] = imageShape('FerMobileNetV3', this.features.outputShape(input, costs));
    const [first, rest] = this.heads();
    return rest.reduce((shape, module) => module.outputShape(shape, costs), first.outputShape([n, c], costs));
  }

  /** The last blocks are those that the paper trains from scratch. */
  get parts(): TrainableParts {
    return {
      head: this.classifier ? ['classifier'] : ['classifier_1', 'classifier_2'],
      lastBlocks: ['features.13', 'features.14', 'features.15', 'features.16'],
    };
  }

  private heads(): [Module, readonly Module[]] {
    if (this.classifier_1 && this.classifier_2) return [this.classifier_1, [this.classifier_2]];
    const [first, ...rest] = (this.classifier as Sequential).modules;
    return [first as Module, rest];
  }
}
