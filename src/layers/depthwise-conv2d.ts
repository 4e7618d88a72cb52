import { boolean, checkCounts, checkOptions, type OptionRules } from '../gpu/check-options.ts';
import { type Pair, pairOf, WINDOW_OPTIONS } from '../tensor/ops/convolution-geometry.ts';
import { depthwiseConv2d, depthwiseConv2dFused } from '../tensor/ops/depthwise-conv2d.ts';
import type { Epilogue } from '../tensor/ops/epilogue.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { kaimingFanOut, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { windowOutput } from './window.ts';

/** Options of `DepthwiseConv2d`, in pixels. The defaults are PyTorch's. */
export interface DepthwiseConv2dOptions {
  /** step of the kernel (default 1) */
  stride?: Pair;
  /** rows and columns of zeros on each side (default 0) */
  padding?: Pair;
  /** whether a bias is added (default true) */
  bias?: boolean;
}

const OPTIONS: OptionRules<DepthwiseConv2dOptions> = /* @__PURE__ */ (() => ({
  ...WINDOW_OPTIONS,
  bias: boolean,
}))();

/** Applies one filter per channel, [N, H, W, C] to [N, H', W', C]; like Conv2d(C, C, k, groups=C) in PyTorch. */
export class DepthwiseConv2d extends Module {
  /** [kernel height, kernel width, channels] */
  readonly weight: Parameter;
  /** [channels]; null with `bias: false` */
  readonly bias: Parameter | null;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];

  /** @throws Error when a size is not a positive integer, or an option is unknown or out of range */
  constructor(channels: number, kernelSize: Pair, options: DepthwiseConv2dOptions = {}) {
    super();
    checkCounts('DepthwiseConv2d', { channels });
    checkOptions('DepthwiseConv2d', options, OPTIONS);
    this.kernelSize = pairOf('DepthwiseConv2d', 'kernelSize', kernelSize, 1);
    this.stride = pairOf('DepthwiseConv2d', 'stride', options.stride ?? 1, 1);
    this.padding = pairOf('DepthwiseConv2d', 'padding', options.padding ?? 0, 0);
    const [kh, kw] = this.kernelSize;
    // PyTorch counts all output channels, although a filter feeds only one. Batch norm corrects the scale, and small
    // weights change direction faster under Adam, whose step size does not scale with them.
    this.weight = new Parameter([kh, kw, channels], kaimingFanOut(kh * kw, channels), 'depthwise');
    this.bias = (options.bias ?? true) ? new Parameter([channels], ZEROS) : null;
  }

  override get type(): string {
    return 'DepthwiseConv2d';
  }

  forward(x: Tensor): Tensor {
    const { stride, padding } = this;
    return depthwiseConv2d(x, this.weight.value, this.bias?.value ?? null, { stride, padding });
  }

  /** Internal, for inference: fuses batch norm and activation; null with a bias or a residual, which cannot be fused. */
  fused(x: Tensor, epilogue: Epilogue): Tensor | null {
    if (this.bias || epilogue.residual) return null;
    const { stride, padding } = this;
    return depthwiseConv2dFused(x, this.weight.value, epilogue, { stride, padding });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [kh, kw, channels] = this.weight.shape as [number, number, number];
    const [n, h, w] = imageShape(this.path || 'DepthwiseConv2d', input, channels);
    const [oh, ow] = windowOutput('DepthwiseConv2d', [h, w], this);
    const output = [n, oh, ow, channels];
    return costs?.add(this, output, n * oh * ow * channels * kh * kw) ?? output;
  }
}
