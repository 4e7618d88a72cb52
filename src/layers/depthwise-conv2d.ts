import { boolean, checkCounts, checkOptions, integer, type OptionRules } from '../gpu/check-options.ts';
import { bothOf, type Padding, type Pair, paddingPair, pairOf } from '../tensor/ops/convolution-geometry.ts';
import {
  DEPTHWISE_OPTIONS,
  type DepthwiseOptions,
  depthwiseConv2d,
  depthwiseConv2dFused,
} from '../tensor/ops/depthwise-conv2d.ts';
import type { Epilogue } from '../tensor/ops/epilogue.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { kaimingFanOut, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { windowOutput } from './window.ts';

/** Options of `DepthwiseConv2d`, in pixels. The defaults are PyTorch's. */
export interface DepthwiseConv2dOptions extends DepthwiseOptions {
  /** filters per channel (default 1) */
  multiplier?: number | undefined;
  /** whether a bias is added (default true) */
  bias?: boolean | undefined;
}

const OPTIONS: OptionRules<DepthwiseConv2dOptions> = /* @__PURE__ */ (() => ({
  ...DEPTHWISE_OPTIONS,
  multiplier: (v) => integer(v, 1),
  bias: boolean,
}))();

/**
 * Applies M filters (`multiplier`, default 1) to each channel, [N, H, W, C] to [N, H', W', M C]; like
 * Conv2d(C, M C, k, groups=C) in PyTorch.
 */
export class DepthwiseConv2d extends Module {
  /** [kernel height, kernel width, M C] */
  readonly weight: Parameter;
  /** [M C]; null with `bias: false` */
  readonly bias: Parameter | null;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: Padding;
  readonly dilation: [number, number];
  /** channels of the input */
  readonly channels: number;

  /** @throws Error when a size is not a positive integer, or an option is unknown or out of range */
  constructor(channels: number, kernelSize: Pair, options: DepthwiseConv2dOptions = {}) {
    super();
    checkCounts('DepthwiseConv2d', { channels });
    checkOptions('DepthwiseConv2d', options, OPTIONS);
    this.kernelSize = pairOf('DepthwiseConv2d', 'kernelSize', kernelSize, 1);
    this.stride = bothOf(options.stride ?? 1);
    this.padding = paddingPair(options.padding);
    this.dilation = bothOf(options.dilation ?? 1);
    this.channels = channels;
    const filters = channels * (options.multiplier ?? 1);
    const [kh, kw] = this.kernelSize;
    // PyTorch counts all output channels, although a filter feeds only one. Batch norm corrects the scale, and small
    // weights change direction faster under Adam, whose step size does not scale with them.
    this.weight = new Parameter([kh, kw, filters], kaimingFanOut(kh * kw, filters), 'depthwise');
    this.bias = (options.bias ?? true) ? new Parameter([filters], ZEROS) : null;
  }

  override get type(): string {
    return 'DepthwiseConv2d';
  }

  forward(x: Tensor): Tensor {
    const { stride, padding, dilation } = this;
    return depthwiseConv2d(x, this.weight.value, this.bias?.value ?? null, { stride, padding, dilation });
  }

  /**
   * Internal, for inference: fuses batch norm and activation. Returns null with a bias or a residual, which cannot be
   * fused.
   */
  fused(x: Tensor, epilogue: Epilogue): Tensor | null {
    if (this.bias || epilogue.residual || epilogue.gates) return null;
    const { stride, padding, dilation } = this;
    return depthwiseConv2dFused(x, this.weight.value, epilogue, { stride, padding, dilation });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [kh, kw, filters] = this.weight.shape as [number, number, number];
    const [n, h, w] = imageShape(this.path || 'DepthwiseConv2d', input, this.channels);
    const [oh, ow] = windowOutput('DepthwiseConv2d', [h, w], this);
    const output = [n, oh, ow, filters];
    return costs?.add(this, output, n * oh * ow * filters * kh * kw) ?? output;
  }
}
