import { checkOptions, integer, type OptionRules, pairRule } from '../../gpu/check-options.ts';
import { ShapeError } from '../errors.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import { imageShape, show, sizeOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { add } from './binary.ts';
import {
  type ConvolutionPlan,
  convolutionForward,
  convolutionGradWeight,
  convolutionTransposed,
  planConvolution,
} from './convolution.ts';
import {
  bothOf,
  checkBias,
  type Pair,
  reachOf,
  WINDOW_OPTIONS,
  type WindowOptions,
} from './convolution-geometry.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Options of `convTranspose2d`, in pixels. */
export interface ConvTransposeOptions extends WindowOptions {
  /** distance between the positions of two neighboring input pixels in the output (default 1) */
  stride?: Pair | undefined;
  /** rows and columns cut from each side of the output (default 0) */
  padding?: Pair | undefined;
  /** rows and columns added at the bottom and on the right; less than the stride or the dilation (default 0) */
  outputPadding?: Pair | undefined;
  /** distance between the kernel's taps (default 1) */
  dilation?: Pair | undefined;
  /** number of groups of channels (default 1) */
  groups?: number | undefined;
}

/** Rules of `ConvTransposeOptions`. */
export const CONV_TRANSPOSE_OPTIONS: OptionRules<ConvTransposeOptions> = /* @__PURE__ */ (() => ({
  ...WINDOW_OPTIONS,
  outputPadding: (v) => pairRule(v, 0),
  dilation: (v) => pairRule(v, 1),
  groups: (v) => integer(v, 1),
}))();

/**
 * Returns the height and width of the output: (input - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1. The
 * options were checked before.
 * @throws ShapeError when a side would have no pixels, or `outputPadding` is neither below the stride nor the dilation
 */
export function transposedSize(
  caller: string,
  input: readonly [number, number],
  kernelSize: readonly [number, number],
  options: ConvTransposeOptions,
): [number, number] {
  const [stride, padding] = [bothOf(options.stride ?? 1), bothOf(options.padding ?? 0)];
  const [extra, dilation] = [bothOf(options.outputPadding ?? 0), bothOf(options.dilation ?? 1)];
  const along = (axis: 0 | 1): number => {
    if (extra[axis] >= Math.max(stride[axis], dilation[axis])) {
      throw new ShapeError(
        `${caller}: outputPadding: got ${show(extra)}, expected less than stride ${show(stride)} or dilation ${show(dilation)}`,
      );
    }
    const reach = reachOf({ kernelSize, dilation }, axis);
    return (input[axis] - 1) * stride[axis] - 2 * padding[axis] + reach + extra[axis];
  };
  const output: [number, number] = [along(0), along(1)];
  if (output.some((n) => n < 1)) {
    throw new ShapeError(
      `${caller}: padding ${show(padding)} leaves an output of ${output[0]} x ${output[1]} for an input of ` +
        `${input[0]} x ${input[1]}. Use less padding or a larger kernel.`,
    );
  }
  return output;
}

/**
 * Computes the transposed convolution of x [N, H, W, Cin] with weight [kh, kw, Cout / groups, Cin], plus bias [Cout] ->
 * [N, H', W', Cout]. Each input pixel adds the kernel, scaled by its value, to the output. It is the gradient of
 * `conv2d` with respect to its input and runs the same kernels.
 * @throws Error when the channels disagree, an option is out of range or nothing is left of the output
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor {
  const plan = planTransposed(x, weight, options);
  checkBias(plan.label, bias, plan.geometry.channels);
  return scope(() => transposed(plan, x, weight, bias));
}

function transposed(plan: ConvolutionPlan, x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const { batch, height, width, channels } = plan.geometry;
  const y = empty(x.device, [batch, height, width, channels], 'f32', plan.label);
  convolutionTransposed(plan.label, plan, x, weight, y, null);
  const taped = differentiable(plan.label, y, [x, weight], (save) => {
    // x is needed only for the weight's gradient, and the weight only for the gradient of x
    const savedX = weight.requiresGrad ? save(x) : null;
    const savedWeight = x.requiresGrad ? save(weight) : null;
    return (dy, slots) => [
      slots.fill(0, (dx) =>
        convolutionForward(`${plan.label} input gradient`, plan, dy, savedWeight as Tensor, null, dx, null),
      ),
      slots.fill(1, (dw) => convolutionGradWeight(plan, dy, savedX as Tensor, dw)),
    ];
  });
  return bias ? add(taped, bias) : taped;
}

/**
 * Returns the convolution whose input gradient this operation is: its input has the size of y, its output that of x.
 */
function planTransposed(x: Tensor, weight: Tensor, options: ConvTransposeOptions): ConvolutionPlan {
  const label = 'convTranspose2d';
  checkOptions(label, options, CONV_TRANSPOSE_OPTIONS);
  expectDType(label, 'x', x, 'f32');
  expectDType(label, 'weight', weight, 'f32');
  const [batch, inHeight, inWidth, inputs] = imageShape(label, x.shape);
  if (weight.rank !== 4) {
    throw new ShapeError(
      `${label}: weight: got shape ${show(weight.shape)}, expected [kh, kw, Cout / groups, Cin]`,
    );
  }
  const { groups = 1 } = options;
  const [kernelHeight, kernelWidth, outputs, channels] = weight.shape as readonly number[] as [
    number,
    number,
    number,
    number,
  ];
  if (channels !== inputs) {
    throw new ShapeError(
      `${label}: weight ${show(weight.shape)} has ${channels} input channels, but x ${show(x.shape)} has ${inputs} (weights ` +
        'are [kh, kw, Cout / groups, Cin]; a PyTorch weight is [Cin, Cout / groups, kh, kw])',
    );
  }
  if (inputs % groups !== 0) {
    throw new ShapeError(
      `${label}: groups: got ${groups} for ${inputs} input channels, expected a divisor of them`,
    );
  }
  const kernel = [kernelHeight, kernelWidth] as const;
  const [height, width] = transposedSize(label, [inHeight, inWidth], kernel, options);
  const geometry = {
    batch,
    height,
    width,
    channels: outputs * groups,
    kernel,
    stride: bothOf(options.stride ?? 1),
    padding: bothOf(options.padding ?? 0),
    dilation: bothOf(options.dilation ?? 1),
    outHeight: inHeight,
    outWidth: inWidth,
  };
  return planConvolution(label, geometry, inputs, groups);
}

export const convTranspose2dInfo: OpInfo = {
  name: 'convTranspose2d',
  doc: 'transposed convolution, NHWC with weights [kh, kw, Cout / groups, Cin]',
  gradient: 'dx = dy correlated with the kernel; dw = dy correlated with x; db = sum over the pixels of dy',
  cost: (inputs, result) => ({
    macs: sizeOf([...(inputs[0] ?? []), ...(inputs[1] ?? []).slice(0, 3)]),
    bytes: elementwiseCost(inputs, result).bytes,
  }),
};
