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

/** Options of `DepthwiseConv2d`, in pixels; PyTorch's defaults. */
export interface DepthwiseConv2dOptions {
  /** step of the kernel (default 1) */
  stride?: Pair;
  /** rows and columns of zeros on either side (default 0) */
  padding?: Pair;
  /** whether a bias is added (default true) */
  bias?: boolean;
}

const OPTIONS: OptionRules<DepthwiseConv2dOptions> = /* @__PURE__ */ (() => ({
  ...WINDOW_OPTIONS,
  bias: boolean,
}))();

/** One filter a channel, [N, H, W, C] to [N, H', W', C]; in PyTorch Conv2d(C, C, k, groups=C). */
export class DepthwiseConv2d extends Module {
  /** [kernel height, kernel width, channels] */
  readonly weight: Parameter;
  /** [channels]; null where it was left out */
  readonly bias: Parameter | null;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];

  /** @throws Error for a size that is not a positive integer, an option that is unknown or out of range */
  constructor(channels: number, kernelSize: Pair, options: DepthwiseConv2dOptions = {}) {
    super();
    checkCounts('DepthwiseConv2d', { channels });
    checkOptions('DepthwiseConv2d', options, OPTIONS);
    this.kernelSize = pairOf('DepthwiseConv2d', 'kernelSize', kernelSize, 1);
    this.stride = pairOf('DepthwiseConv2d', 'stride', options.stride ?? 1, 1);
    this.padding = pairOf('DepthwiseConv2d', 'padding', options.padding ?? 0, 0);
    const [kh, kw] = this.kernelSize;
    // PyTorch counts all output channels, though a filter feeds one. Batch norm makes the scale good, and
    // small weights turn faster under Adam, whose steps are of one size.
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

  /** Internal, for inference: with batch norm and activation in one pass; null where there is none. */
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
