import {
  type Classifier,
  ConvNormActivation,
  Dropout,
  flatten,
  globalAvgPool,
  Hardswish,
  InvertedResidual,
  Linear,
  Module,
  Sequential,
  type Shape,
  ShapeError,
  type Tensor,
} from '../../src/index.ts';

const WIDTH = 16;

/**
 * A network with the layers and names of the paper's, but only three blocks, so that a training step takes a tenth of
 * the dispatches. Tests of `fit` and `evaluate`, which do not depend on the depth of the network, use it.
 */
export class SmallNetwork extends Module implements Classifier {
  readonly classNames: readonly string[];
  readonly embeddingWidth = WIDTH;
  readonly features: Sequential;
  readonly classifier_1: Sequential;
  readonly classifier_2: Sequential;

  constructor(classNames: readonly string[], momentum = 0.5) {
    super();
    this.classNames = classNames;
    this.features = new Sequential(
      new ConvNormActivation(3, 8, 3, { stride: 2, activation: 'hardSwish', momentum }),
      new InvertedResidual({
        input: 8,
        expanded: 16,
        output: 8,
        kernelSize: 3,
        attention: 'cpsca',
        momentum,
      }),
      new InvertedResidual({
        ...{ input: 8, expanded: 24, output: 16, kernelSize: 3, stride: 2 },
        ...{ activation: 'relu', attention: 'se', momentum },
      }),
    );
    this.classifier_1 = new Sequential(new Linear(16, WIDTH));
    this.classifier_2 = new Sequential(
      new Hardswish(),
      new Dropout(0.2),
      new Linear(WIDTH, classNames.length),
    );
  }

  override get type(): string {
    return 'SmallNetwork';
  }

  forward(x: Tensor): Tensor {
    return this.forwardWithEmbedding(x).logits;
  }

  forwardWithEmbedding(x: Tensor): { logits: Tensor; embedding: Tensor } {
    const embedding = this.classifier_1.call(flatten(globalAvgPool(this.features.call(x))));
    return { logits: this.classifier_2.call(embedding), embedding };
  }

  outputShape(input: Shape): Shape {
    const [n, h = 0, w = 0] = input;
    if (h < 32 || w < 32) {
      throw new ShapeError(`SmallNetwork: input: got ${h} x ${w} pixels, expected at least 32 x 32`);
    }
    this.features.outputShape(input);
    return [n as number, this.classNames.length];
  }
}
