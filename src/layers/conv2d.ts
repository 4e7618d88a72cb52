import { boolean, checkCounts, checkOptions, type OptionRules, pairRule } from '../gpu/check-options.ts';
import { conv2d, conv2dFused } from '../tensor/ops/conv2d.ts';
import { type Pair, pairOf, WINDOW_OPTIONS } from '../tensor/ops/convolution-geometry.ts';
import type { Epilogue } from '../tensor/ops/epilogue.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { kaimingFanOut, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { windowOutput } from './window.ts';

/** Options of `Conv2d`, in pixels. The defaults are PyTorch's. */
export interface Conv2dOptions {
  /** step of the kernel (default 1) */
  stride?: Pair;
  /** rows and columns of zeros on each side (default 0) */
  padding?: Pair;
  /** spacing between kernel taps (default 1) */
  dilation?: Pair;
  /** whether a bias is added (default true) */
  bias?: boolean;
}

const OPTIONS: OptionRules<Conv2dOptions> = /* @__PURE__ */ (() => ({
  ...WINDOW_OPTIONS,
  dilation: (v) => pairRule(v, 1),
  bias: boolean,
}))();

/**
 * Applies a dense 2-D convolution, [N, H, W, in] to [N, H', W', out]. Weights are initialized by Kaiming fan-out, the
 * bias with 0.
 */
export class Conv2d extends Module {
  /** [kernel height, kernel width, in, out] */
  readonly weight: Parameter;
  /** [out]; null with `bias: false` */
  readonly bias: Parameter | null;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];
  readonly dilation: [number, number];

  /** @throws Error when a size is not a positive integer, or an option is unknown or out of range */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions = {}) {
    super();
    checkCounts('Conv2d', { inChannels, outChannels });
    checkOptions('Conv2d', options, OPTIONS);
    this.kernelSize = pairOf('Conv2d', 'kernelSize', kernelSize, 1);
    this.stride = pairOf('Conv2d', 'stride', options.stride ?? 1, 1);
    this.padding = pairOf('Conv2d', 'padding', options.padding ?? 0, 0);
    this.dilation = pairOf('Conv2d', 'dilation', options.dilation ?? 1, 1);
    const [kh, kw] = this.kernelSize;
    this.weight = new Parameter(
      [kh, kw, inChannels, outChannels],
      kaimingFanOut(kh * kw, outChannels),
      'conv',
    );
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], ZEROS) : null;
  }

  override get type(): string {
    return 'Conv2d';
  }

  forward(x: Tensor): Tensor {
    const { stride, padding, dilation } = this;
    return conv2d(x, this.weight.value, this.bias?.value ?? null, { stride, padding, dilation });
  }

  /** Internal, for inference: fuses batch norm, activation and residual; null if no kernel can fuse them for these sizes. */
  fused(x: Tensor, epilogue: Epilogue): Tensor | null {
    const { stride, padding, dilation } = this;
    return conv2dFused(x, this.weight.value, this.bias?.value ?? null, epilogue, {
      stride,
      padding,
      dilation,
    });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [kh, kw, inputs, outputs] = this.weight.shape as [number, number, number, number];
    const [n, h, w] = imageShape(this.path || 'Conv2d', input, inputs);
    const [oh, ow] = windowOutput('Conv2d', [h, w], this);
    const output = [n, oh, ow, outputs];
    return costs?.add(this, output, n * oh * ow * outputs * kh * kw * inputs) ?? output;
  }
}
