import {
  add,
  CoordinateAttention,
  coordinatePool,
  type Device,
  globalAvgPool,
  hardSigmoid,
  mean,
  mul,
  noGrad,
  ones,
  relu,
  SqueezeExcitation,
  scope,
  type Tensor,
  tensor,
} from 'feathergrad';
import { drawFace, SIDE } from '../pieces/face.ts';
import { type Light, lightValues, MIDDLE } from './light.ts';

/** Number of channels of a strip after the squeeze. */
export const MIDDLE_WIDTH = 8;
/** How steeply a gate opens, per standard deviation, and where it begins to open. */
const SLOPE = 1.5;
const START = -2;
/** How much the gate of squeeze-excitation changes with the mean. */
const SQUEEZE_SLOPE = 30;

export interface Seen {
  /** [SIDE, SIDE, 3], the face with the light */
  picture: Float32Array;
  /** [2 SIDE, 3]: means of the rows, then of the columns */
  strips: Float32Array;
  /** [2 SIDE, MIDDLE_WIDTH] */
  squeezed: Float32Array;
  /** [SIDE, 3] each, in 0..1 */
  byRow: Float32Array;
  byColumn: Float32Array;
  /** [SIDE, SIDE]: the product of both gates, averaged over the channels */
  product: Float32Array;
  /** [SIDE, SIDE, 3] */
  output: Float32Array;
  /** gates and output of squeeze-excitation: [3] and [SIDE, SIDE, 3] */
  channelGates: Float32Array;
  channelOutput: Float32Array;
  /** gates of squeeze-excitation with the light in the middle of the image */
  channelGatesInMiddle: Float32Array;
}

/**
 * Coordinate attention and squeeze-excitation over red, green and blue, with weights set by hand: a gate opens for a
 * strip that is brighter than the face’s average strip, or for a channel that is brighter than without the light. In a
 * network the weights are learned.
 */
export class AttentionPair {
  private readonly device: Device;
  private readonly coordinate: CoordinateAttention;
  private readonly squeeze: SqueezeExcitation;
  private face: { number: number; image: Tensor } | null = null;

  constructor(device: Device) {
    this.device = device;
    this.coordinate = new CoordinateAttention(3).to(device).eval();
    this.squeeze = new SqueezeExcitation(3, MIDDLE_WIDTH).to(device).eval();
    this.setWeights();
  }

  /** Returns the outputs of both for face `number` with the light. */
  async look(number: number, light: Light): Promise<Seen> {
    const { device, coordinate } = this;
    const face = await this.settle(number);
    const results = scope(() =>
      noGrad(() => {
        const lit = (by: Light) => add(face, tensor(device, lightValues(by), { shape: [1, SIDE, SIDE, 3] }));
        const picture = lit(light);
        const strips = coordinatePool(picture, 'avg');
        const { byRow, byColumn } = coordinate.gates(picture);
        return {
          picture,
          strips,
          squeezed: coordinate.bn1.call(coordinate.conv1.call(strips)),
          byRow,
          byColumn,
          product: mean(mul(byRow, byColumn), 3),
          output: coordinate.call(picture),
          channelGates: this.channelGates(picture),
          channelOutput: this.squeeze.call(picture),
          channelGatesInMiddle: this.channelGates(lit({ ...light, column: MIDDLE, row: MIDDLE })),
        };
      }),
    );
    return this.readAll(results);
  }

  /** Returns the attention map and the output of coordinate attention with only one direction. */
  async lookByRow(number: number, light: Light): Promise<Pick<Seen, 'product' | 'output'>> {
    const face = await this.settle(number);
    const results = scope(() =>
      noGrad(() => {
        const picture = add(face, tensor(this.device, lightValues(light), { shape: face.shape }));
        const { byRow } = this.coordinate.gates(picture);
        const open = ones(this.device, [1, 1, SIDE, 1]);
        return { product: mean(mul(byRow, open), 3), output: mul(picture, byRow) };
      }),
    );
    return this.readAll(results);
  }

  dispose(): void {
    this.face?.image.dispose();
    this.face = null;
    this.coordinate.dispose();
    this.squeeze.dispose();
  }

  /** Returns the gate of `squeeze`, [1, 1, 1, 3], since its `forward` returns only the product. */
  private channelGates(picture: Tensor): Tensor {
    const { fc1, fc2 } = this.squeeze;
    return hardSigmoid(fc2.call(relu(fc1.call(globalAvgPool(picture)))));
  }

  private setWeights(): void {
    const { conv1, conv2, conv3 } = this.coordinate;
    if (!conv2 || !conv3)
      throw new Error('expected coordinate attention with average pooling, which has conv2 and conv3');
    // each number is stored as a pair with opposite signs, since hard-swish(z) - hard-swish(-z) = z
    const signs = Array.from({ length: MIDDLE_WIDTH }, (_, m) => (m % 2 === 0 ? 1 : -1));
    const isOf = (m: number, c: number) => m >> 1 === c;
    const down = [0, 1, 2].flatMap((c) =>
      signs.map((sign, m) => (m >= 6 ? sign / 3 : isOf(m, c) ? sign : 0)),
    );
    const up = signs.flatMap((sign, m) =>
      [0, 1, 2].map((c) => (m >= 6 || isOf(m, c) ? (sign * SLOPE) / 2 : 0)),
    );
    conv1.weight.value.write(down);
    for (const gate of [conv2, conv3]) {
      gate.weight.value.write(up);
      gate.bias?.value.write([START, START, START]);
    }
    const { fc1, fc2 } = this.squeeze;
    fc1.weight.value.write([0, 1, 2].flatMap((c) => signs.map((sign, m) => (isOf(m, c) ? sign : 0))));
    fc2.weight.value.write(
      signs.flatMap((sign, m) => [0, 1, 2].map((c) => (isOf(m, c) ? sign * SQUEEZE_SLOPE : 0))),
    );
  }

  /** Draws the face and uses its strips and means as the reference. */
  private async settle(number: number): Promise<Tensor> {
    if (this.face?.number === number) return this.face.image;
    const { coordinate, squeeze } = this;
    const { bn1, conv1 } = coordinate;
    const image = drawFace(this.device, number);
    bn1.momentum = 1; // the running estimate is then this face's own
    bn1.train();
    const means = scope(() =>
      noGrad(() => {
        bn1.call(conv1.call(coordinatePool(image, 'avg')));
        return globalAvgPool(image);
      }),
    );
    bn1.eval();
    this.face?.image.dispose();
    this.face = null;
    try {
      const usual = await means.data();
      const biases = Array.from({ length: MIDDLE_WIDTH }, (_, m) => {
        const value = usual[m >> 1] ?? 0;
        return m % 2 === 0 ? -value : value;
      });
      squeeze.fc1.bias?.value.write(biases);
      this.face = { number, image };
    } finally {
      means.dispose();
      if (this.face === null) image.dispose();
    }
    return image;
  }

  private async readAll<K extends string>(results: Record<K, Tensor>): Promise<Record<K, Float32Array>> {
    const names = Object.keys(results) as K[];
    try {
      const bytes = await this.device.read(names.map((name) => results[name]));
      return Object.fromEntries(
        names.map((name, i) => [name, new Float32Array(bytes[i] as ArrayBuffer)]),
      ) as Record<K, Float32Array>;
    } finally {
      for (const name of names) results[name].dispose();
    }
  }
}
