import {
  type Capture,
  Frame,
  frameToTensor,
  type ImageClassifier,
  noGrad,
  probabilitiesOf,
  scope,
  type Tensor,
} from 'feathergrad';

interface Outputs {
  logits: Tensor;
  embedding: Tensor;
}

/** What the network computes for one crop. */
export interface Answer {
  probabilities: Float32Array;
  embedding: Float32Array;
}

/**
 * Runs a network on single crops with its current weights, also while it is trained: resizing, normalization and the
 * network in evaluation mode are one capture.
 */
export class LiveModel {
  readonly model: ImageClassifier;
  /** pixels along each side of a crop */
  readonly cropSide: number;
  private readonly frame: Frame;
  private readonly capture: Capture<Outputs>;

  private constructor(model: ImageClassifier, cropSide: number, frame: Frame, capture: Capture<Outputs>) {
    this.model = model;
    this.cropSide = cropSide;
    this.frame = frame;
    this.capture = capture;
  }

  static async create(model: ImageClassifier): Promise<LiveModel> {
    const cropSide = cropSideOf(model.side);
    const frame = new Frame(model.device, { width: cropSide, height: cropSide });
    const { side, mean, std, color } = model.eval();
    const capture = await model.device.capture(() =>
      scope(() => noGrad(() => model.forwardWithEmbedding(frameToTensor(frame, { side, mean, std, color })))),
    );
    return new LiveModel(model, cropSide, frame, capture);
  }

  /** Runs the network on a crop of `cropSide` pixels. */
  async see({ data, width, height }: ImageData): Promise<Answer> {
    this.frame.write({ data, width, height });
    const { logits, embedding } = this.capture.run();
    const [values, features] = (await this.model.device.read([logits, embedding])).map(
      (bytes) => new Float32Array(bytes),
    ) as [Float32Array, Float32Array];
    const [probabilities] = probabilitiesOf(values, this.model.classNames.length);
    return { probabilities: probabilities as Float32Array, embedding: features };
  }

  /** Frees the memory, and that of the model. */
  dispose(): void {
    const { logits, embedding } = this.capture.outputs;
    logits.dispose();
    embedding.dispose();
    this.capture.dispose();
    this.frame.dispose();
    this.model.dispose();
  }
}

/** Returns the side of crops for a network's input: large enough for augmentation to cut out parts. */
export const cropSideOf = (side: number): number => Math.max(128, side);
