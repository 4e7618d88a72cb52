import { checkOptions } from '../../gpu/check-options.ts';
import { ShapeError } from '../errors.ts';
import { expectReal } from '../expect.ts';
import { show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type ConvolutionPlan, convolve, convolveFused, planConvolution } from './convolution.ts';
import {
  CONVOLUTION_OPTIONS,
  type ConvolutionOptions,
  convolutionGeometry,
  convolutionMacs,
} from './convolution-geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * Computes the convolution (cross-correlation) of x [N, H, W, Cin] with weight [kh, kw, Cin / groups, Cout], plus bias
 * [Cout] -> [N, H', W', Cout]. A 1x1 kernel with stride 1, no padding and one group runs as a matrix product; if there
 * are as many groups as input and output channels, it runs as a depthwise convolution.
 * @throws Error when the channels disagree, an option is out of range or the kernel does not fit
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions = {},
): Tensor {
  return convolve(planConv2d(x, weight, options), x, weight, bias);
}

/**
 * Computes the convolution, batch norm in evaluation mode, an activation and an optional residual in one pass. For
 * inference: it is not taped. Returns null if no kernel supports this for these sizes.
 */
export function conv2dFused(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  epilogue: Epilogue,
  options: ConvolutionOptions = {},
): Tensor | null {
  return convolveFused(planConv2d(x, weight, options), x, weight, bias, epilogue);
}

function planConv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions): ConvolutionPlan {
  checkOptions('conv2d', options, CONVOLUTION_OPTIONS);
  expectReal('conv2d', 'weight', weight);
  if (weight.rank !== 4) {
    throw new ShapeError(
      `conv2d: weight: got shape ${show(weight.shape)}, expected [kh, kw, Cin / groups, Cout]`,
    );
  }
  const { groups = 1 } = options;
  const [kernelHeight, kernelWidth, inputs, outputs] = weight.shape as readonly number[] as [
    number,
    number,
    number,
    number,
  ];
  const geometry = convolutionGeometry('conv2d', x, [kernelHeight, kernelWidth], options);
  const { channels } = geometry;
  if (channels !== inputs * groups) {
    throw new ShapeError(
      `conv2d: weight ${show(weight.shape)}${groups > 1 ? ` with ${groups} groups` : ''} has ${inputs * groups} input ` +
        `channels, but x ${show(x.shape)} has ${channels} (weights are [kh, kw, Cin / groups, Cout]; a PyTorch weight ` +
        'is [Cout, Cin / groups, kh, kw])',
    );
  }
  if (outputs % groups !== 0) {
    throw new ShapeError(
      `conv2d: groups: got ${groups} for ${outputs} output channels, expected a divisor of them`,
    );
  }
  return planConvolution('conv2d', geometry, outputs, groups);
}

export const conv2dInfo: OpInfo = {
  name: 'conv2d',
  doc: 'convolution, dense or in groups, NHWC with weights [kh, kw, Cin / groups, Cout]',
  gradient:
    'dx = dy correlated with the flipped kernel, stride as dilation; dw = x correlated with dy; db = sum over the pixels of dy',
  cost: (inputs, result) => ({
    macs: convolutionMacs(inputs[1] ?? [], result, inputs[1]?.[2] ?? 1),
    bytes: elementwiseCost(inputs, result).bytes,
  }),
};
