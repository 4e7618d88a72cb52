import type { Activation } from '../tensor/ops/batch-norm.ts';
import { BatchNorm2d } from './batch-norm2d.ts';
import { Conv2d } from './conv2d.ts';
import { DepthwiseConv2d } from './depthwise-conv2d.ts';
import { Sequential } from './sequential.ts';

export interface ConvNormOptions {
  stride?: number;
  activation?: Activation;
  eps?: number;
  momentum?: number;
}

/** Convolution without bias (padding k // 2), batch norm, activation; `0` and `1` in the state dict. */
export class ConvNormActivation extends Sequential {
  constructor(inputs: number, outputs: number, kernel: number, options: ConvNormOptions = {}) {
    const { stride = 1, activation = 'none', eps, momentum } = options;
    const conv = new Conv2d(inputs, outputs, kernel, { stride, padding: kernel >> 1, bias: false });
    super(conv, new BatchNorm2d(outputs, { activation, ...(eps && { eps }), ...(momentum && { momentum }) }));
  }
}

/** The same with a depthwise convolution. */
export class DepthwiseNormActivation extends Sequential {
  constructor(channels: number, kernel: number, options: ConvNormOptions = {}) {
    const { stride = 1, activation = 'none', eps, momentum } = options;
    const conv = new DepthwiseConv2d(channels, kernel, { stride, padding: kernel >> 1, bias: false });
    super(
      conv,
      new BatchNorm2d(channels, { activation, ...(eps && { eps }), ...(momentum && { momentum }) }),
    );
  }
}
