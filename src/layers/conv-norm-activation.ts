import { checkCounts, checkOptions, type OptionRules } from '../gpu/check-options.ts';
import { bothOf, CONVOLUTION_OPTIONS, type ConvolutionOptions } from '../tensor/ops/convolution-geometry.ts';
import { DEPTHWISE_OPTIONS, type DepthwiseOptions } from '../tensor/ops/depthwise-conv2d.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BATCH_NORM_OPTIONS } from './batch-norm.ts';
import { BatchNorm2d, type BatchNorm2dOptions } from './batch-norm2d.ts';
import { Conv2d } from './conv2d.ts';
import { DepthwiseConv2d } from './depthwise-conv2d.ts';
import { fusedConvolution, normedConvolution } from './normed-convolution.ts';
import { Sequential } from './sequential.ts';

/**
 * Options of `DepthwiseNormActivation`: those of the convolution and of the norm. The default padding is
 * dilation floor(k / 2), which keeps the size at stride 1 if k is odd.
 */
export interface DepthwiseNormOptions extends BatchNorm2dOptions, DepthwiseOptions {}

/** Options of `ConvNormActivation`: those of the convolution and of the norm, with the same default padding. */
export interface ConvNormOptions extends BatchNorm2dOptions, ConvolutionOptions {}

const OPTIONS: OptionRules<ConvNormOptions> = /* @__PURE__ */ (() => ({
  ...CONVOLUTION_OPTIONS,
  ...BATCH_NORM_OPTIONS,
}))();

const FOR_DEPTHWISE: OptionRules<DepthwiseNormOptions> = /* @__PURE__ */ (() => ({
  ...DEPTHWISE_OPTIONS,
  ...BATCH_NORM_OPTIONS,
}))();

/** Returns the options of the norm, and those of the convolution with the default padding. */
function split(kernelSize: number, options: ConvNormOptions) {
  const { stride, padding, dilation = 1, groups, ...forNorm } = options;
  const [down, along] = bothOf(dilation);
  const half = kernelSize >> 1;
  const given = { stride, padding: padding ?? ([half * down, half * along] as const), dilation, bias: false };
  return { forNorm, forConv: groups === undefined ? given : { ...given, groups } };
}

/**
 * A convolution without bias, followed by batch norm; their keys in the state dict are '0' and '1'. In evaluation mode,
 * norm, activation and residual are fused into the convolution inside noGrad() and when no parameter needs a gradient.
 */
abstract class NormedConvolution extends Sequential {
  readonly addsResidual = true;
  private readonly conv: Conv2d | DepthwiseConv2d;
  private readonly norm: BatchNorm2d;

  constructor(conv: Conv2d | DepthwiseConv2d, channels: number, forNorm: BatchNorm2dOptions) {
    const norm = new BatchNorm2d(channels, forNorm);
    super(conv, norm);
    this.conv = conv;
    this.norm = norm;
  }

  /** Returns act(norm(conv(x))), plus `residual` of the same shape if given. */
  override forward(x: Tensor, residual?: Tensor): Tensor {
    return normedConvolution(this.conv, this.norm, x, residual);
  }

  /** Internal, for inference: multiplies x by `gates` in the same dispatch; returns null where that is not supported. */
  gated(x: Tensor, gates: Tensor, residual?: Tensor): Tensor | null {
    return this.labeled(x, () => fusedConvolution(this.conv, this.norm, x, residual, gates));
  }
}

/** Applies a convolution without bias, batch norm and an activation. */
export class ConvNormActivation extends NormedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: number, options: ConvNormOptions = {}) {
    checkOptions('ConvNormActivation', options, OPTIONS);
    checkCounts('ConvNormActivation', { inChannels, outChannels, kernelSize });
    const { forConv, forNorm } = split(kernelSize, options);
    super(new Conv2d(inChannels, outChannels, kernelSize, forConv), outChannels, forNorm);
  }

  override get type(): string {
    return 'ConvNormActivation';
  }
}

/** Applies a depthwise convolution without bias, batch norm and an activation. */
export class DepthwiseNormActivation extends NormedConvolution {
  constructor(channels: number, kernelSize: number, options: DepthwiseNormOptions = {}) {
    checkOptions('DepthwiseNormActivation', options, FOR_DEPTHWISE);
    checkCounts('DepthwiseNormActivation', { channels, kernelSize });
    const { forConv, forNorm } = split(kernelSize, options);
    super(new DepthwiseConv2d(channels, kernelSize, forConv), channels, forNorm);
  }

  override get type(): string {
    return 'DepthwiseNormActivation';
  }
}
