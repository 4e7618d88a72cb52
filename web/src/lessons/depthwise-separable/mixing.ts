import {
  Adam,
  backward,
  type Capture,
  Conv2d,
  DepthwiseConv2d,
  type Device,
  mean,
  mul,
  Sequential,
  scope,
  sub,
  type Tensor,
} from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';

export const SIDE = 32;
const FACES = 4;
/** Steps between two updates. */
const STEPS = 20;
export const MOST_STEPS = 300;

/** Red becomes green, green becomes blue, blue becomes red, which no filter within one channel can do. */
const TURN = [0, 1, 0, 0, 0, 1, 1, 0, 0];

interface Step {
  loss: Tensor;
  output: Tensor;
}

/** Trains depthwise + pointwise, or the depthwise layer only, to permute the colors of drawn faces. */
export class Mixing {
  readonly images: Tensor;
  readonly target: Tensor;
  private readonly model: Sequential;
  private readonly optimizer: Adam;
  private capture: Capture<Step> | null = null;
  steps = 0;

  constructor(device: Device, isWhole: boolean) {
    const depthwise = new DepthwiseConv2d(3, 3, { padding: 1 });
    this.model = new Sequential(depthwise, ...(isWhole ? [new Conv2d(3, 3, 1)] : [])).to(device, { seed: 3 });
    this.optimizer = new Adam(this.model, { learningRate: 0.03 });
    const { images, target } = scope(() => {
      const { images } = new DrawnFaces(device, { seed: 11, side: SIDE }).batch(0, FACES);
      const turn = new Conv2d(3, 3, 1, { bias: false }).to(device);
      // [Cout, Cin, 1, 1], PyTorch's layout
      turn.loadStateDict(new Map([['weight', { shape: [3, 3, 1, 1], data: new Float32Array(TURN) }]]));
      const target = turn.call(images).detach();
      turn.dispose();
      return { images, target };
    });
    this.images = images;
    this.target = target;
  }

  /** Runs a few steps; resolves to the loss, the mean squared difference, and the first face. */
  async advance(): Promise<{ loss: number; face: Float32Array }> {
    const { model, optimizer, images, target } = this;
    const { device } = images;
    this.capture ??= await device.capture(() =>
      scope(() => {
        model.zeroGrad();
        const output = model.call(images);
        const off = sub(output, target);
        const loss = mean(mul(off, off));
        backward(loss);
        optimizer.step();
        return { loss, output };
      }),
    );
    for (let i = 0; i < STEPS; i++) this.capture.run();
    this.steps += STEPS;
    const { loss, output } = this.capture.outputs;
    const [a, b] = await device.read([loss, output]);
    return { loss: new Float32Array(a as ArrayBuffer)[0] as number, face: firstFace(b as ArrayBuffer) };
  }

  async before(): Promise<{ input: Float32Array; target: Float32Array }> {
    const [a, b] = await this.images.device.read([this.images, this.target]);
    return { input: firstFace(a as ArrayBuffer), target: firstFace(b as ArrayBuffer) };
  }

  dispose(): void {
    if (this.capture) {
      for (const one of Object.values(this.capture.outputs)) one.dispose();
      this.capture.dispose();
    }
    for (const one of [this.images, this.target, this.optimizer, this.model]) one.dispose();
  }
}

const firstFace = (bytes: ArrayBuffer) => new Float32Array(bytes, 0, SIDE * SIDE * 3);
