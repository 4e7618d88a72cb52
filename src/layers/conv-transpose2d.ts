import { boolean, checkCounts, checkOptions, checkValue, type OptionRules } from '../gpu/check-options.ts';
import {
  CONV_TRANSPOSE_OPTIONS,
  type ConvTransposeOptions,
  convTranspose2d,
  transposedSize,
} from '../tensor/ops/conv-transpose2d.ts';
import { bothOf, type Pair, pairOf } from '../tensor/ops/convolution-geometry.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { kaimingFanOut, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Options of `ConvTranspose2d`, in pixels. The defaults are PyTorch's. */
export interface ConvTranspose2dOptions extends ConvTransposeOptions {
  /** whether a bias is added (default true) */
  bias?: boolean | undefined;
}

const OPTIONS: OptionRules<ConvTranspose2dOptions> = /* @__PURE__ */ (() => ({
  ...CONV_TRANSPOSE_OPTIONS,
  bias: boolean,
}))();

/**
 * Applies a transposed convolution, [N, H, W, in] to [N, H', W', out]; see `convTranspose2d`. Weights are initialized
 * by Kaiming fan-out as PyTorch computes it, the bias with 0.
 */
export class ConvTranspose2d extends Module {
  /** [kernel height, kernel width, out / groups, in] */
  readonly weight: Parameter;
  /** [out]; null with `bias: false` */
  readonly bias: Parameter | null;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];
  readonly outputPadding: [number, number];
  readonly dilation: [number, number];
  readonly groups: number;

  /**
   * @throws Error when a size is not a positive integer, or an option is unknown or out of range
   * @throws RangeError when `groups` does not divide both numbers of channels
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Pair,
    options: ConvTranspose2dOptions = {},
  ) {
    super();
    checkCounts('ConvTranspose2d', { inChannels, outChannels });
    checkOptions('ConvTranspose2d', options, OPTIONS);
    this.kernelSize = pairOf('ConvTranspose2d', 'kernelSize', kernelSize, 1);
    this.stride = bothOf(options.stride ?? 1);
    this.padding = bothOf(options.padding ?? 0);
    this.outputPadding = bothOf(options.outputPadding ?? 0);
    this.dilation = bothOf(options.dilation ?? 1);
    this.groups = options.groups ?? 1;
    checkValue('ConvTranspose2d', 'groups', this.groups, (v) =>
      [inChannels, outChannels].some((n) => n % (v as number) !== 0)
        ? `a divisor of ${inChannels} input and ${outChannels} output channels`
        : undefined,
    );
    const [kh, kw] = this.kernelSize;
    const shape = [kh, kw, outChannels / this.groups, inChannels];
    this.weight = new Parameter(shape, kaimingFanOut(kh * kw, inChannels), 'conv');
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], ZEROS) : null;
  }

  override get type(): string {
    return 'ConvTranspose2d';
  }

  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight.value, this.bias?.value ?? null, this.options());
  }

  private options(): ConvTransposeOptions {
    const { stride, padding, outputPadding, dilation, groups } = this;
    return { stride, padding, outputPadding, dilation, groups };
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [kh, kw, perGroup, inputs] = this.weight.shape as [number, number, number, number];
    const name = this.path || 'ConvTranspose2d';
    const [n, h, w] = imageShape(name, input, inputs);
    const output = [
      n,
      ...transposedSize(name, [h, w], this.kernelSize, this.options()),
      perGroup * this.groups,
    ];
    return costs?.add(this, output, n * h * w * inputs * kh * kw * perGroup) ?? output;
  }
}
