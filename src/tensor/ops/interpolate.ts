import {
  boolean,
  checkOptions,
  type OptionRules,
  oneOf,
  pairRule,
  positive,
} from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { bothOf, type Pair } from './convolution-geometry.ts';
import { imageForm } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Options of `interpolate`: either `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** height and width of the output in pixels: one number for both, or [height, width] */
  size?: Pair | undefined;
  /**
   * size of the output divided by that of the input: one number for both axes, or [vertical, horizontal]; sizes are
   * rounded down. An axis that keeps its size is copied, and one of twice the size repeats each nearest pixel, whatever
   * the factor, as PyTorch does on the CPU
   */
  scaleFactor?: Pair | undefined;
  /** how pixels are computed (default 'nearest') */
  mode?: 'nearest' | 'bilinear' | undefined;
  /** whether the centers of the corner pixels are aligned, not the edges of the images (default false); only for 'bilinear' */
  alignCorners?: boolean | undefined;
}

/** Rules of `InterpolateOptions`. */
export const INTERPOLATE_OPTIONS: OptionRules<InterpolateOptions> = {
  size: (v) => pairRule(v, 1),
  scaleFactor: (value) => {
    const list = Array.isArray(value) ? value : [value, value];
    return list.length === 2 && list.every((one) => !positive(one))
      ? undefined
      : 'a number above 0 or [vertical, horizontal]';
  },
  mode: (v) => oneOf(v, ['nearest', 'bilinear']),
  alignCorners: boolean,
};

/** @throws Error for unknown or wrong options, or unless exactly one of `size` and `scaleFactor` is given */
export function checkInterpolation(caller: string, options: InterpolateOptions | undefined): void {
  checkOptions(caller, options, INTERPOLATE_OPTIONS);
  const { size, scaleFactor, mode, alignCorners } = options ?? {};
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new Error(
      `${caller}: got ${size === undefined ? 'neither size nor' : 'both size and'} scaleFactor. Pass one of them.`,
    );
  }
  if (alignCorners !== undefined && mode !== 'bilinear') {
    throw new Error(
      `${caller}: alignCorners: got ${alignCorners} with mode 'nearest', expected mode 'bilinear'.`,
    );
  }
}

/**
 * Returns the height and width of the output. The options were checked before.
 * @throws ShapeError when a side would have no pixels
 */
export function interpolatedSize(
  caller: string,
  input: readonly [number, number],
  { size, scaleFactor = 1 }: InterpolateOptions,
): [number, number] {
  const factors = bothOf(scaleFactor);
  const output: [number, number] =
    size === undefined
      ? [Math.floor(input[0] * factors[0]), Math.floor(input[1] * factors[1])]
      : bothOf(size);
  if (output.some((n) => n < 1)) {
    throw new ShapeError(
      `${caller}: scaleFactor [${factors}] leaves no pixels of ${input[0]} x ${input[1]}. Use a larger factor.`,
    );
  }
  return output;
}

/** Returns the distance between two neighboring output pixels, measured in input pixels. */
function scaleOf(
  input: number,
  output: number,
  factor: number | null,
  { mode, alignCorners = false }: InterpolateOptions,
): number {
  // PyTorch on the CPU treats these sizes like this, whatever the factor
  if (input === output) return 1;
  if (mode !== 'bilinear' && output === 2 * input) return 1 / 2;
  if (alignCorners) return output > 1 ? (input - 1) / (output - 1) : 0;
  return factor === null ? input / output : 1 / factor;
}

/**
 * Resizes images [N, H, W, C] to another height and width, like PyTorch's `interpolate`: by the nearest pixel (rounding
 * down), or bilinearly.
 * @throws Error unless exactly one of `size` and `scaleFactor` is given, or when an option is unknown or out of range
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  checkInterpolation('interpolate', options);
  expectDType('interpolate', 'x', x, 'f32');
  const { n, height, width, channels, channels4, defines } = imageForm('interpolate', x);
  const [outHeight, outWidth] = interpolatedSize('interpolate', [height, width], options);
  const factors = options.scaleFactor === undefined ? [null, null] : bothOf(options.scaleFactor);
  const form = {
    height,
    width,
    channels4,
    outHeight,
    outWidth,
    scaleH: scaleOf(height, outHeight, factors[0] as number | null, options),
    scaleW: scaleOf(width, outWidth, factors[1] as number | null, options),
  };
  const spec = {
    overrides: { BILINEAR: options.mode === 'bilinear' ? 1 : 0, ALIGN_CORNERS: options.alignCorners ? 1 : 0 },
    defines,
  };
  const y = empty(x.device, [n, outHeight, outWidth, channels], 'f32', 'interpolate');
  const count = n * outHeight * outWidth * channels4;
  x.device.dispatch(kernels.resample, {
    ...spec,
    label: 'interpolate',
    bind: { x, y },
    params: { ...form, count },
    threads: count,
  });
  return differentiable('interpolate', y, [x], () => {
    const pixels = n * height * width * channels4;
    return (dy, slots) => [
      slots.fill(0, (dx) => {
        dy.device.dispatch(kernels.resampleGrad, {
          ...spec,
          label: 'interpolate gradient',
          bind: { dy, dx },
          params: { ...form, count: pixels },
          threads: pixels,
        });
      }),
    ];
  });
}

export const interpolateInfo: OpInfo = {
  name: 'interpolate',
  doc: 'images resized by the nearest pixel or bilinearly',
  gradient: 'dx = dy times the weights of the pixel, summed over the pixels that it contributes to',
  cost: elementwiseCost,
};
