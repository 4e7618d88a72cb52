import { checkValue, integer, type OptionRules, pairRule } from '../../gpu/check-options.ts';
import { describeValue } from '../../gpu/describe-value.ts';
import { ShapeError } from '../errors.ts';
import { expectReal, expectShape, expectTensor } from '../expect.ts';
import { imageShape, type Shape, show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

type Two = readonly [number, number];

/**
 * Zeros around an image: one number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]. 'valid'
 * is 0. 'same' pads so that the output has ceil(input / stride) pixels; an odd pixel is added at the bottom and on the
 * right, as in TensorFlow.
 */
export type Padding = Pair | readonly [Two, Two] | 'same' | 'valid';

/** Options of an op that slides a window over images, in pixels. */
export interface WindowOptions {
  /** step of the window (default 1) */
  stride?: Pair | undefined;
  /** rows and columns of zeros on each side (default 0) */
  padding?: Pair | undefined;
}

/** Rules of `WindowOptions`. */
export const WINDOW_OPTIONS: OptionRules<WindowOptions> = {
  stride: (v) => pairRule(v, 1),
  padding: (v) => pairRule(v, 0),
};

/** Options of `conv2d`, in pixels. The defaults are PyTorch's. */
export interface ConvolutionOptions {
  /** step of the kernel (default 1) */
  stride?: Pair | undefined;
  /** rows and columns of zeros around the image (default 0) */
  padding?: Padding | undefined;
  /** distance between the kernel's taps (default 1) */
  dilation?: Pair | undefined;
  /**
   * number of groups (default 1): the channels of input and output are split into this many equal parts, and each part
   * of the output is computed from the corresponding part of the input
   */
  groups?: number | undefined;
}

/** Rule for `Padding`. */
export const paddingRule = (value: unknown) =>
  value === 'same' ||
  value === 'valid' ||
  !pairRule(value, 0) ||
  (Array.isArray(value) &&
    value.length === 2 &&
    value.every((one) => Array.isArray(one) && !pairRule(one, 0)))
    ? undefined
    : "an integer >= 0, [vertical, horizontal], [[top, bottom], [left, right]], 'same' or 'valid'";

/** Rules of `ConvolutionOptions`. */
export const CONVOLUTION_OPTIONS: OptionRules<ConvolutionOptions> = {
  stride: (v) => pairRule(v, 1),
  padding: paddingRule,
  dilation: (v) => pairRule(v, 1),
  groups: (v) => integer(v, 1),
};

/** Sizes of a convolution over NHWC images, as the kernels need them. */
export interface ConvolutionGeometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  kernel: Two;
  stride: Two;
  /** zeros above and left of the image; those below and right follow from the size of the output */
  padding: Two;
  dilation: Two;
  outHeight: number;
  outWidth: number;
}

/**
 * Returns both numbers of a pair option.
 * @throws RangeError unless every number is an integer of at least `least`
 */
export function pairOf(caller: string, name: string, value: Pair, least: number): [number, number] {
  checkValue(caller, name, value, (v) => pairRule(v, least));
  return bothOf(value);
}

/** Returns both numbers of a pair option that was checked before. */
export const bothOf = (value: Pair): [number, number] =>
  typeof value === 'number' ? [value, value] : [value[0], value[1]];

/** Returns a pair for one number, and other paddings unchanged. */
export const paddingPair = (padding: Padding = 0): Padding =>
  typeof padding === 'number' ? [padding, padding] : padding;

/** A window that slides along both axes of an image. */
export interface Window {
  kernelSize: Two;
  stride: Two;
  padding: Padding;
  dilation?: Two;
}

/** Returns the number of pixels from the first to the last tap of a window along one axis. */
export const reachOf = (
  { kernelSize, dilation = [1, 1] }: Pick<Window, 'kernelSize' | 'dilation'>,
  axis: 0 | 1,
) => dilation[axis] * (kernelSize[axis] - 1) + 1;

/** Returns the number of zeros before and after an axis of `size` pixels. */
export function paddingOf(size: number, window: Window, axis: 0 | 1): Two {
  const { stride, padding } = window;
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const covered = (Math.ceil(size / stride[axis]) - 1) * stride[axis] + reachOf(window, axis);
    const total = Math.max(0, covered - size);
    return [total >> 1, total - (total >> 1)];
  }
  const sides = typeof padding === 'number' ? padding : padding[axis];
  return typeof sides === 'number' ? [sides, sides] : sides;
}

/**
 * Returns the number of positions of a window along one axis, as in PyTorch: floor((size + padding before and after -
 * dilation (kernel - 1) - 1) / stride) + 1; less than 1 if it does not fit.
 */
export function outputLength(size: number, window: Window, axis: 0 | 1): number {
  const [before, after] = paddingOf(size, window, axis);
  return Math.floor((size + before + after - reachOf(window, axis)) / window.stride[axis]) + 1;
}

/**
 * Returns all sizes of a convolution of x. The options were checked before.
 * @throws Error when x is not a batch of f32 images [N, H, W, C], or the kernel does not fit
 */
export function convolutionGeometry(
  op: string,
  x: Tensor,
  kernel: Two,
  options: ConvolutionOptions,
): ConvolutionGeometry {
  expectReal(op, 'x', x);
  const [batch, height, width, channels] = imageShape(op, x.shape);
  const { padding = 0 } = options;
  const [stride, dilation] = [bothOf(options.stride ?? 1), bothOf(options.dilation ?? 1)];
  const window = { kernelSize: kernel, stride, padding, dilation };
  const outHeight = outputLength(height, window, 0);
  const outWidth = outputLength(width, window, 1);
  if (outHeight < 1 || outWidth < 1) {
    throw new ShapeError(
      `${op}: a kernel of ${kernel[0]} x ${kernel[1]} (dilation ${show(dilation)}) does not fit an input of ` +
        `${height} x ${width} with padding ${describeValue(padding)}. Use more padding or a larger input.`,
    );
  }
  const before: Two = [paddingOf(height, window, 0)[0], paddingOf(width, window, 1)[0]];
  return { batch, height, width, channels, kernel, stride, padding: before, dilation, outHeight, outWidth };
}

/** @throws Error when a bias is given that does not have one f32 number per output channel */
export function checkBias(op: string, bias: Tensor | null, channels: number): void {
  if (bias === null) return;
  expectTensor(op, 'bias', bias, 'a tensor or null (options are the fourth argument)');
  expectShape(op, 'bias', bias, [channels]);
}

/** Returns the multiply-accumulates, including taps on padding, as model summaries count them. */
export function convolutionMacs(weight: Shape, result: Shape, channelsPerOutput: number): number {
  const [kernelHeight, kernelWidth] = weight as readonly [number, number];
  return result.reduce((product, n) => product * n, kernelHeight * kernelWidth * channelsPerOutput);
}
