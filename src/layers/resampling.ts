import { checkCounts } from '../gpu/check-options.ts';
import { ShapeError } from '../tensor/errors.ts';
import { channelShuffle } from '../tensor/ops/channel-shuffle.ts';
import {
  checkInterpolation,
  type InterpolateOptions,
  interpolate,
  interpolatedSize,
} from '../tensor/ops/interpolate.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';

/**
 * Resizes images, [N, H, W, C] to [N, H', W', C], by the nearest pixel or bilinearly; see `interpolate`. In an exported
 * ONNX model, a fractional factor also moves the pixels of an axis whose size it keeps or exactly doubles.
 */
export class Upsample extends Module {
  readonly options: Readonly<InterpolateOptions>;

  /** @throws Error unless exactly one of `size` and `scaleFactor` is given, or when an option is unknown or out of range */
  constructor(options: InterpolateOptions) {
    super();
    checkInterpolation('Upsample', options);
    this.options = { ...options };
  }

  override get type(): string {
    return 'Upsample';
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || 'Upsample', input);
    const output = [n, ...interpolatedSize(this.path || 'Upsample', [h, w], this.options), c];
    return costs?.add(this, output) ?? output;
  }
}

/** Interleaves the channels of groups, [N, H, W, C] to the same shape; see `channelShuffle`. */
export class ChannelShuffle extends Module {
  readonly groups: number;

  /** @throws RangeError when `groups` is not a positive integer */
  constructor(groups: number) {
    super();
    checkCounts('ChannelShuffle', { groups });
    this.groups = groups;
  }

  override get type(): string {
    return 'ChannelShuffle';
  }

  forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [, , , c] = imageShape(this.path || 'ChannelShuffle', input);
    if (c % this.groups !== 0) {
      throw new ShapeError(
        `${this.path || 'ChannelShuffle'}: groups: got ${this.groups} for ${c} channels, expected a divisor of them`,
      );
    }
    return costs?.add(this, input) ?? input;
  }
}
