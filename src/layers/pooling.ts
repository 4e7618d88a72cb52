import { checkOptions, checkValue, oneOf } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import { axisPool } from '../tensor/ops/axis-pool.ts';
import { type Pair, pairOf, WINDOW_OPTIONS } from '../tensor/ops/convolution-geometry.ts';
import { globalAvgPool } from '../tensor/ops/global-avg-pool.ts';
import { avgPool2d, maxPool2d, type Pool2dOptions } from '../tensor/ops/pool2d.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';
import { windowOutput } from './window.ts';

/** Options of `MaxPool2d` and `AvgPool2d`, in pixels. */
export type PoolOptions = Omit<Pool2dOptions, 'kernelSize'>;

abstract class WindowPool extends Module {
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];

  constructor(kernelSize: Pair, options: PoolOptions = {}) {
    super();
    checkOptions('Pool2d', options, WINDOW_OPTIONS);
    this.kernelSize = pairOf('Pool2d', 'kernelSize', kernelSize, 1);
    this.stride = pairOf('Pool2d', 'stride', options.stride ?? kernelSize, 1);
    this.padding = pairOf('Pool2d', 'padding', options.padding ?? 0, 0);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || 'Pool2d', input);
    const output = [n, ...windowOutput('Pool2d', [h, w], this), c];
    return costs?.add(this, output) ?? output;
  }
}

/** Computes the maximum of each window, [N, H, W, C] to [N, H', W', C]; padding is ignored. */
export class MaxPool2d extends WindowPool {
  override get type(): string {
    return 'MaxPool2d';
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding } = this;
    return maxPool2d(x, { kernelSize, stride, padding });
  }
}

/**
 * Computes the mean of each window, [N, H, W, C] to [N, H', W', C]; padding counts as zeros, as by default in PyTorch.
 */
export class AvgPool2d extends WindowPool {
  override get type(): string {
    return 'AvgPool2d';
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding } = this;
    return avgPool2d(x, { kernelSize, stride, padding });
  }
}

/** Computes the mean over all pixels, [N, H, W, C] to [N, 1, 1, C]. */
export class AdaptiveAvgPool2d extends Module {
  /** @throws RangeError for an output size other than 1 */
  constructor(outputSize: Pair = 1) {
    super();
    if (String(outputSize) !== '1' && String(outputSize) !== '1,1') {
      throw new RangeError(
        `AdaptiveAvgPool2d: outputSize: got ${describeValue(outputSize)}, expected 1. Use AvgPool2d for other sizes.`,
      );
    }
  }

  override get type(): string {
    return 'AdaptiveAvgPool2d';
  }

  forward(x: Tensor): Tensor {
    return globalAvgPool(x);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, , , c] = imageShape(this.path || 'AdaptiveAvgPool2d', input);
    return costs?.add(this, [n, 1, 1, c]) ?? [n, 1, 1, c];
  }
}

/** Pools [N, H, W, C] along one axis, to [N, H, 1, C] for the width or [N, 1, W, C] for the height. */
export class AxisPool extends Module {
  /** the axis that is reduced to 1 */
  readonly axis: 'width' | 'height';
  /** average, maximum, or their sum (default 'avg') */
  readonly kind: 'avg' | 'max' | 'both';

  constructor(axis: 'width' | 'height', kind: 'avg' | 'max' | 'both' = 'avg') {
    super();
    checkValue('AxisPool', 'axis', axis, (v) => oneOf(v, ['width', 'height']));
    checkValue('AxisPool', 'kind', kind, (v) => oneOf(v, ['avg', 'max', 'both']));
    this.axis = axis;
    this.kind = kind;
  }

  override get type(): string {
    return 'AxisPool';
  }

  forward(x: Tensor): Tensor {
    return axisPool(x, this.axis, this.kind);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || 'AxisPool', input);
    const output = this.axis === 'width' ? [n, h, 1, c] : [n, 1, w, c];
    return costs?.add(this, output) ?? output;
  }
}
