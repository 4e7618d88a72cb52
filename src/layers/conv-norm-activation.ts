import type { Activation } from '../tensor/ops/batch-norm.ts';
import { isGradEnabled } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BatchNorm2d } from './batch-norm2d.ts';
import { Conv2d } from './conv2d.ts';
import { DepthwiseConv2d } from './depthwise-conv2d.ts';
import type { Init } from './initialize.ts';
import { Sequential } from './sequential.ts';

/** What `ConvNormActivation` and `DepthwiseNormActivation` take. */
export interface ConvNormOptions {
  stride?: number;
  activation?: Activation;
  eps?: number;
  momentum?: number;
  /** first values of the norm's scale; ones when left out */
  weightInit?: Init;
}

/**
 * A convolution without bias and the batch norm behind it; `0` and `1` in the state dict. At inference
 * (evaluation mode inside noGrad) norm, activation and residual ride in the convolution's own pass.
 */
abstract class NormedConvolution extends Sequential {
  private readonly conv: Conv2d | DepthwiseConv2d;
  private readonly norm: BatchNorm2d;

  constructor(conv: Conv2d | DepthwiseConv2d, channels: number, options: ConvNormOptions) {
    const norm = new BatchNorm2d(channels, options);
    super(conv, norm);
    this.conv = conv;
    this.norm = norm;
  }

  /** act(norm(conv(x))), plus `residual` of the same shape where one is given */
  override forward(x: Tensor, residual?: Tensor): Tensor {
    const { conv, norm } = this;
    if (!norm.training && !isGradEnabled()) {
      const fused = conv.fused(x, { ...norm.epilogue(), residual: residual ?? null });
      if (fused) return fused;
    }
    return residual ? norm.call(conv.call(x), residual) : norm.call(conv.call(x));
  }
}

/** Convolution without bias (padding k // 2), batch norm, activation. */
export class ConvNormActivation extends NormedConvolution {
  constructor(inputs: number, outputs: number, kernelSize: number, options: ConvNormOptions = {}) {
    const { stride = 1 } = options;
    super(
      new Conv2d(inputs, outputs, kernelSize, { stride, padding: kernelSize >> 1, bias: false }),
      outputs,
      options,
    );
  }
}

/** The same with a depthwise convolution. */
export class DepthwiseNormActivation extends NormedConvolution {
  constructor(channels: number, kernelSize: number, options: ConvNormOptions = {}) {
    const { stride = 1 } = options;
    super(
      new DepthwiseConv2d(channels, kernelSize, { stride, padding: kernelSize >> 1, bias: false }),
      channels,
      options,
    );
  }
}
