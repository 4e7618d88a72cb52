import {
  Adam,
  backward,
  type Capture,
  CrossEntropyLoss,
  type Device,
  FerMobileNetV3,
  noGrad,
  type StateDict,
  scope,
  type Tensor,
  zeros,
} from 'feathergrad';

// The use of feathergrad in the measurements; update this file when there is a faster way.

/** Inference as in a page: recorded once, then each call uploads images and reads logits. */
export class InferenceSession {
  private readonly model: FerMobileNetV3;
  private readonly input: Tensor;
  readonly capture: Capture<Tensor>;
  /** records the work of `capture` again */
  readonly record: () => Tensor;

  private constructor(
    model: FerMobileNetV3,
    input: Tensor,
    capture: Capture<Tensor>,
    record: InferenceSession['record'],
  ) {
    this.model = model;
    this.input = input;
    this.capture = capture;
    this.record = record;
  }

  static async open(
    device: Device,
    weights: StateDict,
    batch: number,
    side: number,
    activations: 'f32' | 'f16' = 'f32',
  ): Promise<InferenceSession> {
    const model = place(device, weights).eval();
    model.activations = activations;
    const input = zeros(device, [batch, side, side, 3]);
    const record = () => scope(() => noGrad(() => model.call(input)));
    return new InferenceSession(model, input, await device.capture(record), record);
  }

  /** Logits [N, 8] of images [N, H, W, 3]. */
  async run(images: Float32Array): Promise<Float32Array> {
    this.input.write(images);
    return (await this.capture.run().data()) as Float32Array;
  }

  dispose(): void {
    this.capture.dispose();
    this.input.dispose();
    this.model.dispose();
  }
}

/** A training step: forward, cross-entropy, backward, running statistics and Adam; each call reads the loss. */
export class TrainingSession {
  readonly model: FerMobileNetV3;
  readonly capture: Capture<Tensor>;
  /** records the work of `capture` again */
  readonly record: () => Tensor;
  private readonly images: Tensor;
  private readonly labels: Tensor;
  private readonly optimizer: Adam;

  private constructor(
    model: FerMobileNetV3,
    capture: Capture<Tensor>,
    images: Tensor,
    labels: Tensor,
    optimizer: Adam,
    record: TrainingSession['record'],
  ) {
    this.model = model;
    this.capture = capture;
    this.record = record;
    this.images = images;
    this.labels = labels;
    this.optimizer = optimizer;
  }

  static async open(
    device: Device,
    weights: StateDict,
    batch: number,
    side: number,
  ): Promise<TrainingSession> {
    const model = place(device, weights).train();
    const images = zeros(device, [batch, side, side, 3]);
    const labels = zeros(device, [batch], 'u32');
    const optimizer = new Adam(model, { learningRate: 1e-3 });
    const crossEntropy = new CrossEntropyLoss();
    const record = () =>
      scope(() => {
        model.zeroGrad();
        const loss = crossEntropy.call(model.call(images), labels);
        backward(loss);
        optimizer.step();
        return loss;
      });
    return new TrainingSession(model, await device.capture(record), images, labels, optimizer, record);
  }

  /** Returns the loss of the batch before the step. */
  async step(images: Float32Array, labels: Uint32Array): Promise<number> {
    this.images.write(images);
    this.labels.write(labels);
    return this.capture.run().item();
  }

  /** Returns the gradients of the last step under PyTorch's names, in feathergrad's layouts. */
  async gradients(): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> {
    const named = [...this.model.namedParameters()];
    const { device } = this.model;
    const homes = named.map(([name, { value }]) => {
      if (!value.gradBuffer) throw new Error(`${name} has no gradient`);
      return value.gradBuffer;
    });
    const bytes = await device.read(homes);
    return new Map(
      named.map(([name, { shape }], i) => [name, { shape, data: new Float32Array(bytes[i] as ArrayBuffer) }]),
    );
  }

  dispose(): void {
    this.capture.dispose();
    for (const part of [this.images, this.labels, this.optimizer, this.model]) part.dispose();
  }
}

/** Without dropout, so that all libraries compute the same network. */
function place(device: Device, weights: StateDict): FerMobileNetV3 {
  const model = new FerMobileNetV3({ dropout: 0 }).to(device);
  model.loadStateDict(weights);
  return model;
}
