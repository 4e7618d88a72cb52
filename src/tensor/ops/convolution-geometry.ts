import { checkValue, type OptionRules, pairRule } from '../../gpu/check-options.ts';
import { ShapeError } from '../errors.ts';
import { expectReal, expectShape, expectTensor } from '../expect.ts';
import { imageShape, type Shape, show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/** Options of an op that slides a kernel over images, in pixels. */
export interface WindowOptions {
  /** step of the kernel (default 1) */
  stride?: Pair | undefined;
  /** rows and columns of zeros on each side (default 0) */
  padding?: Pair | undefined;
}

/** Rules of `WindowOptions`. */
export const WINDOW_OPTIONS: OptionRules<WindowOptions> = {
  stride: (v) => pairRule(v, 1),
  padding: (v) => pairRule(v, 0),
};

type Two = readonly [number, number];

/** Sizes of a convolution over NHWC images, as the kernels need them. */
export interface ConvolutionGeometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  kernel: Two;
  stride: Two;
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
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

/** A window that slides along both axes of an image. */
export interface Window {
  kernelSize: Two;
  stride: Two;
  padding: Two;
  dilation?: Two;
}

/**
 * Returns the number of positions of a window along one axis, as in PyTorch: floor((size + 2 padding - dilation (kernel - 1)
 * - 1) / stride) + 1; less than 1 if it does not fit.
 */
export function outputLength(size: number, window: Window, axis: 0 | 1): number {
  const { kernelSize, stride, padding, dilation = [1, 1] } = window;
  return (
    Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernelSize[axis] - 1) - 1) / stride[axis]) + 1
  );
}

/**
 * Returns all sizes of a convolution of x.
 * @throws Error when x is not a batch of f32 images [N, H, W, C], an option is out of range, or the kernel does not fit
 */
export function convolutionGeometry(
  op: string,
  x: Tensor,
  kernel: Two,
  options: WindowOptions & { dilation?: Pair | undefined },
): ConvolutionGeometry {
  expectReal(op, 'x', x);
  const [batch, height, width, channels] = imageShape(op, x.shape);
  const stride = pairOf(op, 'stride', options.stride ?? 1, 1);
  const padding = pairOf(op, 'padding', options.padding ?? 0, 0);
  const dilation = pairOf(op, 'dilation', options.dilation ?? 1, 1);
  const window = { kernelSize: kernel, stride, padding, dilation };
  const outHeight = outputLength(height, window, 0);
  const outWidth = outputLength(width, window, 1);
  if (outHeight < 1 || outWidth < 1) {
    throw new ShapeError(
      `${op}: a kernel of ${kernel[0]} x ${kernel[1]} (dilation ${show(dilation)}) does not fit an input of ` +
        `${height} x ${width} with padding ${show(padding)}. Use more padding or a larger input.`,
    );
  }
  return { batch, height, width, channels, kernel, stride, padding, dilation, outHeight, outWidth };
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
