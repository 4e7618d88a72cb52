import {
  ConvNormActivation,
  Flatten,
  Hardswish,
  InvertedResidual,
  Linear,
  Module,
  Sequential,
  type Shape,
  scope,
  type Tensor,
} from 'feathergrad';
import type { DataKind } from './data.ts';

/** Width of the embedding: two values, so that it can be plotted directly. */
export const WIDTH = 2;

/** A body of feathergrad's layers, a linear layer to two numbers, and a linear layer from them to the classes. */
export class PlaneNetwork extends Module {
  readonly body: Sequential;
  readonly embed: Linear;
  readonly last: Linear;

  constructor(data: DataKind, classes: number) {
    super();
    const { body, width } = data === 'points' ? bodyForPoints() : bodyForFaces();
    this.body = body;
    this.embed = new Linear(width, WIDTH);
    this.last = new Linear(WIDTH, classes);
  }

  forward(x: Tensor): Tensor {
    return this.forwardWithEmbedding(x).logits;
  }

  forwardWithEmbedding(x: Tensor): { logits: Tensor; embedding: Tensor } {
    return scope(() => {
      const embedding = this.embed.call(this.body.call(x));
      return { logits: this.last.call(embedding), embedding };
    });
  }

  outputShape(input: Shape): Shape {
    return this.last.outputShape(this.embed.outputShape(this.body.outputShape(input)));
  }
}

function bodyForPoints(): { body: Sequential; width: number } {
  const width = 32;
  return {
    body: new Sequential(new Linear(2, width), new Hardswish(), new Linear(width, width), new Hardswish()),
    width,
  };
}

/** 24 x 24 pixels become 3 x 3. Positions are kept, because the position of a mouth matters. */
function bodyForFaces(): { body: Sequential; width: number } {
  const norm = { momentum: 0.1 };
  return {
    body: new Sequential(
      new ConvNormActivation(3, 12, 3, { stride: 2, activation: 'hardSwish', ...norm }),
      new InvertedResidual({ input: 12, expanded: 36, output: 16, kernelSize: 3, stride: 2, ...norm }),
      new InvertedResidual({ input: 16, expanded: 48, output: 16, kernelSize: 3, stride: 2, ...norm }),
      new Flatten(),
    ),
    width: 3 * 3 * 16,
  };
}
