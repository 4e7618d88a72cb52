import { boolean, checkCounts, checkOptions, checkValue, type OptionRules } from '../gpu/check-options.ts';
import { conv2d, conv2dFused } from '../tensor/ops/conv2d.ts';
import {
  bothOf,
  CONVOLUTION_OPTIONS,
  type ConvolutionOptions,
  type Padding,
  type Pair,
  paddingPair,
  pairOf,
} from '../tensor/ops/convolution-geometry.ts';
import type { Epilogue } from '../tensor/ops/epilogue.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { kaimingFanOut, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { windowOutput } from './window.ts';

/** Options of `Conv2d`, in pixels. The defaults are PyTorch's. */
export interface Conv2dOptions extends ConvolutionOptions {
  /** whether a bias is added (default true) */
  bias?: boolean | undefined;
}

const OPTIONS: OptionRules<Conv2dOptions> = /* @__PURE__ */ (() => ({
  ...CONVOLUTION_OPTIONS,
  bias: boolean,
}))();

/**
 * Applies a 2-D convolution, [N, H, W, in] to [N, H', W', out], dense or in groups. Weights are initialized by Kaiming
 * fan-out, the bias with 0.
 */
export class Conv2d extends Module {
  /** [kernel height, kernel width, in / groups, out] */
  readonly weight: Parameter;
  /** [out]; null with `bias: false` */
  readonly bias: Parameter | null;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: Padding;
  readonly dilation: [number, number];
  readonly groups: number;

  /**
   * @throws Error when a size is not a positive integer, or an option is unknown or out of range
   * @throws RangeError when `groups` does not divide both numbers of channels
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions = {}) {
    super();
    checkCounts('Conv2d', { inChannels, outChannels });
    checkOptions('Conv2d', options, OPTIONS);
    this.kernelSize = pairOf('Conv2d', 'kernelSize', kernelSize, 1);
    this.stride = bothOf(options.stride ?? 1);
    this.padding = paddingPair(options.padding);
    this.dilation = bothOf(options.dilation ?? 1);
    this.groups = options.groups ?? 1;
    checkValue('Conv2d', 'groups', this.groups, (v) =>
      [inChannels, outChannels].some((n) => n % (v as number) !== 0)
        ? `a divisor of ${inChannels} input and ${outChannels} output channels`
        : undefined,
    );
    const [kh, kw] = this.kernelSize;
    this.weight = new Parameter(
      [kh, kw, inChannels / this.groups, outChannels],
      kaimingFanOut(kh * kw, outChannels),
      'conv',
    );
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], ZEROS) : null;
  }

  override get type(): string {
    return 'Conv2d';
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight.value, this.bias?.value ?? null, this.options());
  }

  /**
   * Internal, for inference: fuses batch norm, activation and residual. Returns null if no kernel can fuse them for
   * these sizes.
   */
  fused(x: Tensor, epilogue: Epilogue): Tensor | null {
    return conv2dFused(x, this.weight.value, this.bias?.value ?? null, epilogue, this.options());
  }

  private options(): ConvolutionOptions {
    const { stride, padding, dilation, groups } = this;
    return { stride, padding, dilation, groups };
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [kh, kw, inputs, outputs] = this.weight.shape as [number, number, number, number];
    const [n, h, w] = imageShape(this.path || 'Conv2d', input, inputs * this.groups);
    const [oh, ow] = windowOutput('Conv2d', [h, w], this);
    const output = [n, oh, ow, outputs];
    return costs?.add(this, output, n * oh * ow * outputs * kh * kw * inputs) ?? output;
  }
}

/** Returns the weight and bias on the device. */
export const weightsOf = ({ weight, bias }: Conv2d) => ({
  weight: weight.value,
  bias: (bias as Parameter).value,
});
