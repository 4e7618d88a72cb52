import { checkOptions, checkValue, oneOf } from '../gpu/check-options.ts';
import { axisPool } from '../tensor/ops/axis-pool.ts';
import { type Pair, pairOf } from '../tensor/ops/convolution-geometry.ts';
import { globalAvgPool } from '../tensor/ops/global-avg-pool.ts';
import {
  type AdaptiveSize,
  AVG_POOL_OPTIONS,
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  adaptiveOutput,
  adaptiveRule,
  avgPool2d,
  MAX_POOL_OPTIONS,
  type MaxPool2dOptions,
  maxPool2d,
  type Pool2dOptions,
  type PoolWindow,
  poolOutput,
  poolWindow,
} from '../tensor/ops/pool2d.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';

/** Options of `MaxPool2d`, in pixels. */
export type MaxPoolOptions = Omit<MaxPool2dOptions, 'kernelSize'>;

/** Options of `AvgPool2d`, in pixels. */
export type AvgPoolOptions = Omit<AvgPool2dOptions, 'kernelSize'>;

abstract class WindowPool extends Module {
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];
  readonly ceilMode: boolean;
  protected readonly window: PoolWindow;

  /** The options were checked before. */
  constructor(type: string, kernelSize: Pair, options: Omit<Pool2dOptions, 'kernelSize'>) {
    super();
    this.window = poolWindow(type, { ...options, kernelSize: pairOf(type, 'kernelSize', kernelSize, 1) });
    const { stride, padding, ceilMode } = this.window;
    this.kernelSize = this.window.kernelSize;
    this.stride = stride;
    this.padding = padding;
    this.ceilMode = ceilMode;
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || this.type, input);
    const output = [n, ...poolOutput(this.path || this.type, [h, w], this.window), c];
    return costs?.add(this, output) ?? output;
  }
}

/** Computes the maximum of each window, [N, H, W, C] to [N, H', W', C]; padding is ignored. */
export class MaxPool2d extends WindowPool {
  readonly dilation: [number, number];

  /** @throws Error when an option is unknown or out of range, or the padding is more than half of the window */
  constructor(kernelSize: Pair, options: MaxPoolOptions = {}) {
    checkOptions('MaxPool2d', options, MAX_POOL_OPTIONS);
    super('MaxPool2d', kernelSize, options);
    this.dilation = this.window.dilation;
  }

  override get type(): string {
    return 'MaxPool2d';
  }

  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.window);
  }
}

/** Computes the mean of each window, [N, H, W, C] to [N, H', W', C]; by default padding counts as zeros, as in PyTorch. */
export class AvgPool2d extends WindowPool {
  readonly countIncludePad: boolean;
  /** null: the number of pixels of the window */
  readonly divisorOverride: number | null;

  /** @throws Error when an option is unknown or out of range, or the padding is more than half of the window */
  constructor(kernelSize: Pair, options: AvgPoolOptions = {}) {
    checkOptions('AvgPool2d', options, AVG_POOL_OPTIONS);
    super('AvgPool2d', kernelSize, options);
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride ?? null;
  }

  override get type(): string {
    return 'AvgPool2d';
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    const divisorOverride = this.divisorOverride ?? undefined;
    return avgPool2d(x, { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride });
  }
}

abstract class AdaptivePool extends Module {
  readonly outputSize: AdaptiveSize;

  constructor(type: string, outputSize: AdaptiveSize) {
    super();
    checkValue(type, 'outputSize', outputSize, adaptiveRule);
    this.outputSize = outputSize;
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [n, h, w, c] = imageShape(this.path || this.type, input);
    const output = [n, ...adaptiveOutput(this.outputSize, [h, w]), c];
    return costs?.add(this, output) ?? output;
  }
}

/** Computes the means of windows that cover the image, [N, H, W, C] to [N, H', W', C]; see `adaptiveAvgPool2d`. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  /**
   * @param outputSize one number for both axes, or [height, width] (default 1: the mean over all pixels); null keeps a size
   * @throws RangeError for a size that is not an integer of at least 1
   */
  constructor(outputSize: AdaptiveSize = 1) {
    super('AdaptiveAvgPool2d', outputSize);
  }

  override get type(): string {
    return 'AdaptiveAvgPool2d';
  }

  forward(x: Tensor): Tensor {
    const isGlobal = String(this.outputSize) === '1' || String(this.outputSize) === '1,1';
    return isGlobal ? globalAvgPool(x) : adaptiveAvgPool2d(x, this.outputSize);
  }
}

/** Computes the maxima of windows that cover the image, [N, H, W, C] to [N, H', W', C]; see `adaptiveMaxPool2d`. */
export class AdaptiveMaxPool2d extends AdaptivePool {
  /**
   * @param outputSize one number for both axes, or [height, width] (default 1); null keeps a size
   * @throws RangeError for a size that is not an integer of at least 1
   */
  constructor(outputSize: AdaptiveSize = 1) {
    super('AdaptiveMaxPool2d', outputSize);
  }

  override get type(): string {
    return 'AdaptiveMaxPool2d';
  }

  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
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
