import { type Shape, show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { expectReal, expectShape } from './image-form.ts';

/** [height, width], or one number for both. */
export type PairOption = number | readonly [number, number];

export interface WindowOptions {
  /** step of the kernel, 1 when left out */
  stride?: PairOption | undefined;
  /** rows and columns of zeros on either side, 0 when left out */
  padding?: PairOption | undefined;
}

type Pair = readonly [number, number];

/** Sizes of a convolution over NHWC images, as the kernels take them. */
export interface ConvolutionGeometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  kernel: Pair;
  stride: Pair;
  padding: Pair;
  dilation: Pair;
  outHeight: number;
  outWidth: number;
}

/** Reads a pair option; every number an integer of at least `least`. */
export function pairOf(op: string, name: string, value: PairOption, least: number): Pair {
  const pair: Pair = typeof value === 'number' ? [value, value] : value;
  if (pair.length !== 2 || pair.some((n) => !Number.isInteger(n) || n < least)) {
    throw new Error(
      `${op}: ${name} must be an integer of at least ${least}, or [height, width] of such, got ${show(pair)}`,
    );
  }
  return pair;
}

/** A window that slides over both axes of an image. */
export interface Window {
  kernel: Pair;
  stride: Pair;
  padding: Pair;
  dilation?: Pair;
}

/**
 * Places of a window along one axis, as PyTorch counts them: floor((size + 2 padding - dilation (kernel - 1) - 1)
 * / stride) + 1; less than 1 where it does not fit.
 */
export function outputLength(size: number, window: Window, axis: 0 | 1): number {
  const { kernel, stride, padding, dilation = [1, 1] } = window;
  return Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
}

/**
 * All sizes of a convolution of x.
 * @throws Error when the input is no f32 NHWC batch, an option is out of range, or the kernel does not fit
 */
export function convolutionGeometry(
  op: string,
  x: Tensor,
  kernel: Pair,
  options: WindowOptions & { dilation?: PairOption | undefined },
): ConvolutionGeometry {
  const [batch, height, width, channels] = imageShape(op, x);
  const stride = pairOf(op, 'stride', options.stride ?? 1, 1);
  const padding = pairOf(op, 'padding', options.padding ?? 0, 0);
  const dilation = pairOf(op, 'dilation', options.dilation ?? 1, 1);
  const window = { kernel, stride, padding, dilation };
  const outHeight = outputLength(height, window, 0);
  const outWidth = outputLength(width, window, 1);
  if (outHeight < 1 || outWidth < 1) {
    throw new Error(
      `${op}: a kernel of ${kernel[0]} x ${kernel[1]} (dilation ${show(dilation)}) does not fit an input of ` +
        `${height} x ${width} with padding ${show(padding)}; pad more or use a larger input`,
    );
  }
  return { batch, height, width, channels, kernel, stride, padding, dilation, outHeight, outWidth };
}

function imageShape(op: string, x: Tensor): readonly [number, number, number, number] {
  expectReal(op, x);
  if (x.rank !== 4) {
    throw new Error(`${op}: input has shape ${show(x.shape)}, expected [N, H, W, C] (channels last)`);
  }
  return x.shape as readonly number[] as readonly [number, number, number, number];
}

/** @throws Error when there is a bias that is not one f32 number an output channel */
export function checkBias(op: string, bias: Tensor | null, channels: number): void {
  if (bias) expectShape(op, 'bias', bias, [channels]);
}

/** Multiply-accumulates with every tap counted, on the image or on padding, as summaries do. */
export function convolutionMacs(weight: Shape, result: Shape, channelsPerOutput: number): number {
  const [kernelHeight, kernelWidth] = weight as readonly [number, number];
  return result.reduce((product, n) => product * n, kernelHeight * kernelWidth * channelsPerOutput);
}
