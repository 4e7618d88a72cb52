import { boolean, checkOptions, integer, type OptionRules, pairRule } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { bothOf, type Pair, reachOf, WINDOW_OPTIONS, type WindowOptions } from './convolution-geometry.ts';
import { type ImageForm, imageForm } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Options of `maxPool2d` and `avgPool2d`, in pixels. */
export interface Pool2dOptions {
  /** size of the window */
  kernelSize: Pair;
  /** step of the window (default kernelSize) */
  stride?: Pair | undefined;
  /** rows and columns on each side, at most half of the window (default 0) */
  padding?: Pair | undefined;
  /**
   * whether the number of windows is rounded up (default false), so that windows at the bottom and on the right may extend
   * beyond the padding; each starts inside the image or in the padding above or to the left of it
   */
  ceilMode?: boolean | undefined;
}

/** Options of `maxPool2d`, in pixels. */
export interface MaxPool2dOptions extends Pool2dOptions {
  /** distance between the pixels of a window (default 1) */
  dilation?: Pair | undefined;
}

/** Options of `avgPool2d`, in pixels. */
export interface AvgPool2dOptions extends Pool2dOptions {
  /** whether padding counts as zeros in the mean (default true) */
  countIncludePad?: boolean | undefined;
  /** number to divide the sums by (default: the number of pixels of the window) */
  divisorOverride?: number | undefined;
}

type AnyPoolOptions = MaxPool2dOptions & AvgPool2dOptions;

const COMMON: OptionRules<WindowOptions & Pick<Pool2dOptions, 'ceilMode'>> = /* @__PURE__ */ (() => ({
  ...WINDOW_OPTIONS,
  ceilMode: boolean,
}))();

/** Rules of the options of `maxPool2d` except `kernelSize`. */
export const MAX_POOL_OPTIONS: OptionRules<Omit<MaxPool2dOptions, 'kernelSize'>> = /* @__PURE__ */ (() => ({
  ...COMMON,
  dilation: (v) => pairRule(v, 1),
}))();

/** Rules of the options of `avgPool2d` except `kernelSize`. */
export const AVG_POOL_OPTIONS: OptionRules<Omit<AvgPool2dOptions, 'kernelSize'>> = /* @__PURE__ */ (() => ({
  ...COMMON,
  countIncludePad: boolean,
  divisorOverride: (v) => integer(v, 1),
}))();

/** A window of a pool whose options were checked before. */
export interface PoolWindow {
  kernelSize: [number, number];
  stride: [number, number];
  padding: [number, number];
  dilation: [number, number];
  ceilMode: boolean;
}

/**
 * Returns the window with all defaults.
 * @throws ShapeError when the padding is more than half of the window
 */
export function poolWindow(caller: string, options: AnyPoolOptions): PoolWindow {
  const { stride = options.kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  const window = {
    kernelSize: bothOf(options.kernelSize),
    stride: bothOf(stride),
    padding: bothOf(padding),
    dilation: bothOf(dilation),
    ceilMode,
  };
  // with more padding, a window could contain only padding
  if ([0, 1].some((axis) => 2 * (window.padding[axis] as number) > reachOf(window, axis as 0 | 1))) {
    throw new ShapeError(
      `${caller}: padding [${window.padding}] is more than half the kernel [${window.kernelSize}]` +
        `${options.dilation === undefined ? '' : ` with dilation [${window.dilation}]`}. Use less padding.`,
    );
  }
  return window;
}

/**
 * Returns the number of windows along both axes, as in PyTorch.
 * @throws ShapeError when the window does not fit
 */
export function poolOutput(
  caller: string,
  size: readonly [number, number],
  window: PoolWindow,
): [number, number] {
  const along = (axis: 0 | 1): number => {
    const { [axis]: stride } = window.stride;
    const { [axis]: padding } = window.padding;
    const rest = size[axis] + 2 * padding - reachOf(window, axis);
    const count = Math.floor((rest + (window.ceilMode ? stride - 1 : 0)) / stride) + 1;
    // the last window must start inside the image or in the padding before it
    return window.ceilMode && (count - 1) * stride >= size[axis] + padding ? count - 1 : count;
  };
  const output: [number, number] = [along(0), along(1)];
  if (output.some((n) => n < 1)) {
    const [down, across] = [reachOf(window, 0), reachOf(window, 1)];
    throw new ShapeError(
      `${caller}: a window of ${down} x ${across} does not fit an input of ${size[0]} x ${size[1]} with padding ` +
        `[${window.padding}]. Use more padding or a larger input.`,
    );
  }
  return output;
}

/** Pools x by windows: those of `overrides`, or adaptive ones. */
function pool(
  name: string,
  isMaximum: boolean,
  x: Tensor,
  { n, height, width, channels, channels4, defines }: ImageForm,
  [outHeight, outWidth]: readonly [number, number],
  padding: readonly [number, number],
  overrides: Record<string, number>,
): Tensor {
  const sizes = { height, width, channels4, outHeight, outWidth, padTop: padding[0], padLeft: padding[1] };
  const shape = [n, outHeight, outWidth, channels];
  const y = empty(x.device, shape, 'f32', name);
  const at = empty(x.device, isMaximum ? shape : [4], 'u32', `${name} places`);
  const count = n * outHeight * outWidth * channels4;
  const spec = { overrides: { ...overrides, MAXIMUM: isMaximum ? 1 : 0 }, defines };
  x.device.dispatch(kernels.pool2d, {
    ...spec,
    label: name,
    bind: { x, y, at },
    params: { ...sizes, count },
    threads: count,
  });
  const taped = differentiable(name, y, [x], (save) => {
    const saved = save(at);
    const pixels = n * height * width * channels4;
    return (dy, slots) => {
      return [
        slots.fill(0, (dx) => {
          dy.device.dispatch(kernels.pool2dGrad, {
            ...spec,
            label: `${name} gradient`,
            bind: { dy, at: saved, dx },
            params: { ...sizes, count: pixels },
            threads: pixels,
          });
        }),
      ];
    };
  });
  // saved tensors stay allocated
  at.dispose();
  return taped;
}

function windowPool(name: 'maxPool2d' | 'avgPool2d', x: Tensor, options: AnyPoolOptions): Tensor {
  const form = imageForm(name, x);
  const window = poolWindow(name, options);
  const { countIncludePad = true, divisorOverride = 0 } = options;
  const { kernelSize, stride, dilation } = window;
  const output = poolOutput(name, [form.height, form.width], window);
  return pool(name, name === 'maxPool2d', x, form, output, window.padding, {
    COUNT_PAD: countIncludePad ? 1 : 0,
    DIVISOR: divisorOverride,
    KERNEL_H: kernelSize[0],
    KERNEL_W: kernelSize[1],
    STRIDE_H: stride[0],
    STRIDE_W: stride[1],
    DILATION_H: dilation[0],
    DILATION_W: dilation[1],
  });
}

const kernelRule = (value: unknown) => pairRule(value, 1);
const MAX_RULES: OptionRules<MaxPool2dOptions> = /* @__PURE__ */ (() => ({
  kernelSize: kernelRule,
  ...MAX_POOL_OPTIONS,
}))();
const AVG_RULES: OptionRules<AvgPool2dOptions> = /* @__PURE__ */ (() => ({
  kernelSize: kernelRule,
  ...AVG_POOL_OPTIONS,
}))();

/**
 * Returns the maximum of each window over NHWC images; padding is ignored. The first of equal maxima receives the gradient.
 * @throws Error when the window does not fit or the padding is more than half of it
 */
export function maxPool2d(x: Tensor, options: MaxPool2dOptions): Tensor {
  checkOptions('maxPool2d', options, MAX_RULES, ['kernelSize']);
  return windowPool('maxPool2d', x, options);
}

/**
 * Returns the mean of each window over NHWC images. Padding counts as zeros, unless `countIncludePad` is false.
 * @throws Error when the window does not fit or the padding is more than half of it
 */
export function avgPool2d(x: Tensor, options: AvgPool2dOptions): Tensor {
  checkOptions('avgPool2d', options, AVG_RULES, ['kernelSize']);
  return windowPool('avgPool2d', x, options);
}

/** Output size of an adaptive pool: one number for both axes, or [height, width]; null keeps the size of the input. */
export type AdaptiveSize = number | null | readonly [number | null, number | null];

/** Rule for `AdaptiveSize`. */
export const adaptiveRule = (value: unknown) => {
  const list = Array.isArray(value) ? value : [value, value];
  return list.length === 2 && list.every((one) => one === null || !integer(one, 1))
    ? undefined
    : 'an integer >= 1 or [height, width]; null keeps a size';
};

/** Returns the output height and width of an adaptive pool over an image of this height and width. */
export function adaptiveOutput(
  outputSize: AdaptiveSize,
  [height, width]: readonly [number, number],
): [number, number] {
  const [down, across] = typeof outputSize === 'object' && outputSize ? outputSize : [outputSize, outputSize];
  return [down ?? height, across ?? width];
}

function adaptivePool(name: string, isMaximum: boolean, x: Tensor, outputSize: AdaptiveSize): Tensor {
  checkOptions(name, { outputSize }, { outputSize: adaptiveRule }, ['outputSize']);
  const form = imageForm(name, x);
  const output = adaptiveOutput(outputSize, [form.height, form.width]);
  return pool(name, isMaximum, x, form, output, [0, 0], { ADAPTIVE: 1 });
}

/**
 * Returns images of the output size: each pixel is the mean over rows floor(i H / H') to ceil((i + 1) H / H') - 1 and the
 * columns likewise, as in PyTorch. The output may be larger than the input.
 * @throws RangeError for a size that is not an integer of at least 1
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return adaptivePool('adaptiveAvgPool2d', false, x, outputSize);
}

/**
 * Returns images of the output size: each pixel is the maximum over the rows and columns that `adaptiveAvgPool2d` averages.
 * @throws RangeError for a size that is not an integer of at least 1
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return adaptivePool('adaptiveMaxPool2d', true, x, outputSize);
}

export const pool2dInfos: OpInfo[] = [
  {
    name: 'maxPool2d',
    doc: 'maximum of each window',
    gradient: 'dx = dy at the first maximum of each window, summed over the windows',
    cost: elementwiseCost,
  },
  {
    name: 'avgPool2d',
    doc: 'mean of each window',
    gradient: 'dx = dy / (pixels counted), summed over the windows',
    cost: elementwiseCost,
  },
  {
    name: 'adaptiveAvgPool2d',
    doc: 'mean of one window per pixel of the output',
    gradient: 'dx = dy / (pixels of the window), summed over the windows',
    cost: elementwiseCost,
  },
  {
    name: 'adaptiveMaxPool2d',
    doc: 'maximum of one window per pixel of the output',
    gradient: 'dx = dy at the first maximum of each window, summed over the windows',
    cost: elementwiseCost,
  },
];
