import { checkValue, integer } from '../gpu/check-options.ts';
import { ShapeError } from '../tensor/errors.ts';
import { type PadOptions, pad } from '../tensor/ops/pad.ts';
import { imageShape, type Shape, show } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';

/** Pixels around an image: one number for all sides, or [left, right, top, bottom], PyTorch's order. */
export type ImagePadding = number | readonly [number, number, number, number];

const paddingRule = (value: unknown) => {
  const list = Array.isArray(value) ? value : [value, value, value, value];
  return list.length === 4 && list.every((one) => !integer(one))
    ? undefined
    : 'an integer >= 0 or [left, right, top, bottom]';
};

abstract class Pad2d extends Module {
  /** left, right, top, bottom */
  readonly padding: readonly [number, number, number, number];

  constructor(type: string, padding: ImagePadding) {
    super();
    checkValue(type, 'padding', padding, paddingRule);
    this.padding = typeof padding === 'number' ? [padding, padding, padding, padding] : [...padding];
  }

  /** The mode of `pad` that this layer uses. */
  abstract readonly mode: NonNullable<PadOptions['mode']>;

  forward(x: Tensor): Tensor {
    this.outputShape(x.shape);
    const [left, right, top, bottom] = this.padding;
    const amounts = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ] as const;
    return pad(x, amounts, { mode: this.mode });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || this.type, input);
    const [left, right, top, bottom] = this.padding;
    if (this.mode === 'reflect' && (Math.max(top, bottom) >= h || Math.max(left, right) >= w)) {
      throw new ShapeError(
        `${this.path || this.type}: padding [${this.padding}] (left, right, top, bottom) of an image ${show(input)} reflects ` +
          'more pixels than there are beside the edge. Use less padding or ReplicationPad2d.',
      );
    }
    const output = [n, h + top + bottom, w + left + right, c];
    return costs?.add(this, output) ?? output;
  }
}

/** Adds pixels of zeros around images, [N, H, W, C] to [N, H + top + bottom, W + left + right, C]. */
export class ZeroPad2d extends Pad2d {
  readonly mode = 'constant';

  /** @throws RangeError unless the padding is an integer of at least 0, or four of them */
  constructor(padding: ImagePadding) {
    super('ZeroPad2d', padding);
  }

  override get type(): string {
    return 'ZeroPad2d';
  }
}

/** Adds the mirror images of the pixels beside the edges, [N, H, W, C] to [N, H + top + bottom, W + left + right, C]. */
export class ReflectionPad2d extends Pad2d {
  readonly mode = 'reflect';

  /** @throws RangeError unless the padding is an integer of at least 0, or four of them */
  constructor(padding: ImagePadding) {
    super('ReflectionPad2d', padding);
  }

  override get type(): string {
    return 'ReflectionPad2d';
  }
}

/** Repeats the edges around images, [N, H, W, C] to [N, H + top + bottom, W + left + right, C]. */
export class ReplicationPad2d extends Pad2d {
  readonly mode = 'replicate';

  /** @throws RangeError unless the padding is an integer of at least 0, or four of them */
  constructor(padding: ImagePadding) {
    super('ReplicationPad2d', padding);
  }

  override get type(): string {
    return 'ReplicationPad2d';
  }
}
