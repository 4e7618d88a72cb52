import {
  abs,
  add,
  argMax,
  axisPool,
  BatchNorm2d,
  Conv2d,
  concat,
  conv2d,
  coordinatePool,
  type Device,
  hardSwish,
  max,
  mean,
  noGrad,
  reshape,
  Sequential,
  scope,
  slice,
  sub,
  type Tensor,
} from 'feathergrad';
import { drawFace, SIDE } from '../pieces/face.ts';
import { wave } from '../pieces/wave.ts';

/** Pixels along each side of the feature map. */
export const MAP = (SIDE - 2) / 2;
/** Outputs of the shared convolution, as in the network's blocks with this attention. */
export const MIDDLE = 8;
export const CHANNELS = [8, 32, 96, 184] as const;

export interface Crossed {
  /** [MAP, MAP]: the chosen channel */
  map: Float32Array;
  /** of the chosen channel, [MAP] each: rows pooled over the width, columns over the height */
  rowAverage: Float32Array;
  rowMaximum: Float32Array;
  columnAverage: Float32Array;
  columnMaximum: Float32Array;
  /** position of the maximum of each row and each column */
  rowAt: Uint32Array;
  columnAt: Uint32Array;
  /**
   * [2 MAP, MIDDLE] each: conv1 of [average; maximum], conv1 of [maximum; average], their sum, and the merged
   * convolution
   */
  first: Float32Array;
  second: Float32Array;
  literal: Float32Array;
  merged: Float32Array;
  /** |literal - merged| */
  difference: Float32Array;
  largestDifference: number;
  largestValue: number;
  averageDifference: number;
  /** number of dispatches of each form, starting from the map */
  literalDispatches: number;
  mergedDispatches: number;
}

/** Complementary pooling of a face's feature map, in the paper's form and as one convolution. */
export class CrossedStrips {
  private readonly features: Conv2d;
  private readonly conv1: Conv2d;
  private readonly bn1: BatchNorm2d;
  private readonly layers: Sequential;
  private readonly device: Device;

  constructor(device: Device, channels: number) {
    this.device = device;
    this.features = new Conv2d(3, channels, 3, { stride: 2 });
    this.conv1 = new Conv2d(channels, MIDDLE, 1);
    // normalizes by the statistics of the batch, as in training; the running ones do not change
    this.bn1 = new BatchNorm2d(MIDDLE, { activation: 'hardSwish', momentum: 0 });
    this.layers = new Sequential(this.features, this.conv1, this.bn1).to(device, { seed: 6 });
    // weights of the size that PyTorch gives a new convolution; the bias is not 0, so that 2 b is visible
    const size = 1 / Math.sqrt(channels);
    this.conv1.weight.value.write(wave(channels * MIDDLE, 1).map((v) => size * v));
    this.conv1.bias?.value.write(wave(MIDDLE, 4).map((v) => size * v));
  }

  /** Computes both forms for a face; `channel` is the channel on display. */
  async look(face: number, channel: number): Promise<Crossed> {
    const counted = { literal: 0, merged: 0 };
    const made = scope(() =>
      noGrad(() => {
        const x = this.mapOf(face);
        const before = this.dispatched();
        const [first, second] = this.crossed(x);
        const literal = add(first, second);
        const between = this.dispatched();
        const merged = this.merged(x);
        counted.literal = between - before;
        counted.merged = this.dispatched() - between;
        const one = slice(x, [0, 0, 0, channel], [1, MAP, MAP, channel + 1]);
        const difference = abs(sub(literal, merged));
        const floats = {
          map: one,
          rowAverage: axisPool(one, 'width', 'avg'),
          rowMaximum: axisPool(one, 'width', 'max'),
          columnAverage: axisPool(one, 'height', 'avg'),
          columnMaximum: axisPool(one, 'height', 'max'),
          first,
          second,
          literal,
          merged,
          difference,
          largestDifference: max(difference),
          largestValue: max(abs(literal)),
          averageDifference: mean(difference),
        };
        return { floats, places: { rowAt: argMax(one, 2), columnAt: argMax(one, 1) } };
      }),
    );
    const names = Object.keys(made.floats) as (keyof typeof made.floats)[];
    const tensors = [...names.map((name) => made.floats[name]), made.places.rowAt, made.places.columnAt];
    try {
      const bytes = await this.device.read(tensors);
      const values = Object.fromEntries(
        names.map((name, i) => [name, new Float32Array(bytes[i] as ArrayBuffer)]),
      ) as Record<(typeof names)[number], Float32Array>;
      return {
        ...values,
        largestDifference: values.largestDifference[0] as number,
        largestValue: values.largestValue[0] as number,
        averageDifference: values.averageDifference[0] as number,
        rowAt: new Uint32Array(bytes.at(-2) as ArrayBuffer),
        columnAt: new Uint32Array(bytes.at(-1) as ArrayBuffer),
        literalDispatches: counted.literal,
        mergedDispatches: counted.merged,
      };
    } finally {
      for (const tensor of tensors) tensor.dispose();
    }
  }

  /**
   * Returns the difference of the two forms with batch norm and hard-swish applied after the sum, as in the paper, or
   * (`isEarly`) to each of the two convolutions before the sum.
   */
  async apart(face: number, isEarly: boolean): Promise<{ difference: Float32Array; largest: number }> {
    const made = scope(() =>
      noGrad(() => {
        const x = this.mapOf(face);
        const [first, second] = this.crossed(x);
        const { bn1 } = this;
        const literal = isEarly ? add(bn1.call(first), bn1.call(second)) : bn1.call(add(first, second));
        const difference = abs(sub(literal, bn1.call(this.merged(x))));
        return { difference, largest: max(difference) };
      }),
    );
    try {
      const [difference, largest] = (await this.device.read([made.difference, made.largest])).map(
        (bytes) => new Float32Array(bytes),
      ) as [Float32Array, Float32Array];
      return { difference, largest: largest[0] as number };
    } finally {
      for (const tensor of Object.values(made)) tensor.dispose();
    }
  }

  dispose(): void {
    this.layers.dispose();
  }

  /** Dispatches that the device has recorded so far. */
  private dispatched(): number {
    this.device.flush(); // they are counted as they are submitted
    return this.device.stats.dispatches;
  }

  /** [1, MAP, MAP, channels] */
  private mapOf(face: number): Tensor {
    return hardSwish(this.features.call(drawFace(this.device, face)));
  }

  /** conv1([average over the width; maximum over the height]) and conv1([maximum; average]). */
  private crossed(x: Tensor): [Tensor, Tensor] {
    const pool = (overWidth: 'avg' | 'max', overHeight: 'avg' | 'max') => {
      const columns = axisPool(x, 'height', overHeight);
      const channels = columns.shape[3] as number;
      const standing = reshape(columns, [1, MAP, 1, channels]);
      return this.conv1.call(concat([axisPool(x, 'width', overWidth), standing], 1));
    };
    return [pool('avg', 'max'), pool('max', 'avg')];
  }

  /** W [average + maximum] + 2 b */
  private merged(x: Tensor): Tensor {
    const { weight, bias } = this.conv1;
    if (!bias) throw new Error('conv1 has a bias');
    return conv2d(coordinatePool(x, 'complementary'), weight.value, add(bias.value, bias.value));
  }
}
