import { checkOptions, type OptionRules } from '../../gpu/check-options.ts';
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

/** Options of `depthwiseConv2d`, in pixels. */
export type DepthwiseOptions = Omit<ConvolutionOptions, 'groups'>;

/** Rules of `DepthwiseOptions`. */
export const DEPTHWISE_OPTIONS: OptionRules<DepthwiseOptions> = /* @__PURE__ */ (() => {
  const { groups: _, ...rules } = CONVOLUTION_OPTIONS;
  return rules;
})();

/**
 * Computes the depthwise convolution: convolves each channel of x [N, H, W, C] with its own kernel, weight [kh, kw, C],
 * and adds bias [C]; returns [N, H', W', C]. A weight [kh, kw, M C] applies M kernels to each channel and returns
 * [N, H', W', M C], where channel c of x produces the channels M c to M c + M - 1, as in PyTorch with C groups.
 *
 * For one channel, each of the three kernels is a transpose of the others. With y = x correlated with w, each tap w[r,
 * s] connects the pixel x[i stride + r - padding, j stride + s - padding] with y[i, j]. In the other directions:
 * - dx correlates dy with the flipped kernel; the stride becomes a dilation of dy, that is, zeros between its pixels, and
 *   the padding becomes kernel - 1 - padding. `depthwise_grad_input.wgsl` skips those zeros.
 * - dw correlates x with dy; the stride becomes the distance between the taps, and the result has the size of the kernel.
 *   `depthwise_grad_weight_partial.wgsl` sums parts of the image, which a second kernel adds.
 * @throws Error when the channels disagree, an option is out of range or the kernel does not fit
 */
export function depthwiseConv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: DepthwiseOptions = {},
): Tensor {
  return convolve(planDepthwise(x, weight, options), x, weight, bias);
}

/**
 * Computes the convolution, batch norm in evaluation mode and an activation in one pass; null with a residual. For
 * inference: it is not taped.
 */
export function depthwiseConv2dFused(
  x: Tensor,
  weight: Tensor,
  epilogue: Epilogue,
  options: DepthwiseOptions,
): Tensor | null {
  return convolveFused(planDepthwise(x, weight, options), x, weight, null, epilogue);
}

function planDepthwise(x: Tensor, weight: Tensor, options: DepthwiseOptions): ConvolutionPlan {
  checkOptions('depthwiseConv2d', options, DEPTHWISE_OPTIONS);
  expectReal('depthwiseConv2d', 'weight', weight);
  if (weight.rank !== 3) {
    throw new ShapeError(`depthwiseConv2d: weight: got shape ${show(weight.shape)}, expected [kh, kw, C]`);
  }
  const [kernelHeight, kernelWidth, outputs] = weight.shape as readonly number[] as [number, number, number];
  const geometry = convolutionGeometry('depthwiseConv2d', x, [kernelHeight, kernelWidth], options);
  const { channels } = geometry;
  if (outputs % channels !== 0) {
    throw new ShapeError(
      `depthwiseConv2d: weight has ${outputs} channels, but x has ${channels}, which does not divide them ` +
        '(did you pass the expanded width?)',
    );
  }
  return planConvolution('depthwiseConv2d', geometry, outputs, channels);
}

export const depthwiseConv2dInfo: OpInfo = {
  name: 'depthwiseConv2d',
  doc: 'convolution of each channel with its own kernel, NHWC with weights [kh, kw, C]',
  gradient: 'as for conv2d, per channel',
  cost: (inputs, result) => ({
    macs: convolutionMacs(inputs[1] ?? [], result, 1),
    bytes: elementwiseCost(inputs, result).bytes,
  }),
};
