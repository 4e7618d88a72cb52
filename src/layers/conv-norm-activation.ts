import { checkCounts, checkOptions, integer, type OptionRules } from '../gpu/check-options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BATCH_NORM_OPTIONS, BatchNorm2d, type BatchNorm2dOptions } from './batch-norm2d.ts';
import { Conv2d } from './conv2d.ts';
import { DepthwiseConv2d } from './depthwise-conv2d.ts';
import { isTaped } from './frozen.ts';
import { Sequential } from './sequential.ts';

/** Options of `ConvNormActivation` and `DepthwiseNormActivation`: the options of the norm, and the stride. */
export interface ConvNormOptions extends BatchNorm2dOptions {
  /** step of the kernel (default 1) */
  stride?: number;
}

const OPTIONS: OptionRules<ConvNormOptions> = /* @__PURE__ */ (() => ({
  stride: (v) => integer(v, 1),
  ...BATCH_NORM_OPTIONS,
}))();

/**
 * A convolution without bias, followed by batch norm; their keys in the state dict are '0' and '1'. In evaluation mode,
 * norm, activation and residual are fused into the convolution inside noGrad() and when no parameter needs a gradient.
 */
abstract class NormedConvolution extends Sequential {
  private readonly conv: Conv2d | DepthwiseConv2d;
  private readonly norm: BatchNorm2d;

  constructor(conv: Conv2d | DepthwiseConv2d, channels: number, options: ConvNormOptions) {
    const { stride: _, ...forNorm } = options;
    const norm = new BatchNorm2d(channels, forNorm);
    super(conv, norm);
    this.conv = conv;
    this.norm = norm;
  }

  /** Returns act(norm(conv(x))), plus `residual` of the same shape if given. */
  override forward(x: Tensor, residual?: Tensor): Tensor {
    const { conv, norm } = this;
    if (!norm.training && !isTaped(this, x, residual)) {
      const fused = conv.fused(x, { ...norm.epilogue(), residual: residual ?? null });
      if (fused) return fused;
    }
    return residual ? norm.call(conv.call(x), residual) : norm.call(conv.call(x));
  }
}

/** Applies a convolution without bias (padding floor(k / 2)), batch norm and an activation. */
export class ConvNormActivation extends NormedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: number, options: ConvNormOptions = {}) {
    checkOptions('ConvNormActivation', options, OPTIONS);
    checkCounts('ConvNormActivation', { inChannels, outChannels, kernelSize });
    const { stride = 1 } = options;
    super(
      new Conv2d(inChannels, outChannels, kernelSize, { stride, padding: kernelSize >> 1, bias: false }),
      outChannels,
      options,
    );
  }

  override get type(): string {
    return 'ConvNormActivation';
  }
}

/** Applies a depthwise convolution without bias (padding floor(k / 2)), batch norm and an activation. */
export class DepthwiseNormActivation extends NormedConvolution {
  constructor(channels: number, kernelSize: number, options: ConvNormOptions = {}) {
    checkOptions('DepthwiseNormActivation', options, OPTIONS);
    checkCounts('DepthwiseNormActivation', { channels, kernelSize });
    const { stride = 1 } = options;
    super(
      new DepthwiseConv2d(channels, kernelSize, { stride, padding: kernelSize >> 1, bias: false }),
      channels,
      options,
    );
  }

  override get type(): string {
    return 'DepthwiseNormActivation';
  }
}
