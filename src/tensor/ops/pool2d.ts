import { checkOptions, type OptionRules, pairRule } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { convolutionGeometry, type Pair, pairOf, WINDOW_OPTIONS } from './convolution-geometry.ts';
import { imageForm } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Options of `maxPool2d` and `avgPool2d`, in pixels. */
export interface Pool2dOptions {
  /** size of the window */
  kernelSize: Pair;
  /** step of the window (default kernelSize) */
  stride?: Pair | undefined;
  /** rows and columns on each side, at most half of kernelSize (default 0) */
  padding?: Pair | undefined;
}

const OPTIONS: OptionRules<Pool2dOptions> = /* @__PURE__ */ (() => ({
  kernelSize: (v) => pairRule(v, 1),
  ...WINDOW_OPTIONS,
}))();

function pool2d(name: 'maxPool2d' | 'avgPool2d', x: Tensor, options: Pool2dOptions): Tensor {
  checkOptions(name, options, OPTIONS, ['kernelSize']);
  const kernel = pairOf(name, 'kernelSize', options.kernelSize, 1);
  const { stride = kernel, padding = 0 } = options;
  const geometry = convolutionGeometry(name, x, kernel, { stride, padding });
  const { batch, height, width, channels, outHeight, outWidth } = geometry;
  const [padTop, padLeft] = geometry.padding;
  // with more padding, a window could contain only padding
  if (2 * padTop > kernel[0] || 2 * padLeft > kernel[1]) {
    throw new ShapeError(
      `${name}: padding [${geometry.padding}] is more than half the kernel [${kernel}]. Use less padding.`,
    );
  }
  const { channels4, defines } = imageForm(name, x);
  const isMaximum = name === 'maxPool2d';
  const overrides = {
    MAXIMUM: isMaximum ? 1 : 0,
    KERNEL_H: kernel[0],
    KERNEL_W: kernel[1],
    STRIDE_H: geometry.stride[0],
    STRIDE_W: geometry.stride[1],
  };
  const form = { height, width, channels4, outHeight, outWidth, padTop, padLeft };
  const shape = [batch, outHeight, outWidth, channels];
  const y = empty(x.device, shape, 'f32', name);
  const at = empty(x.device, isMaximum ? shape : [4], 'u32', `${name} places`);
  const count = batch * outHeight * outWidth * channels4;
  x.device.dispatch(kernels.pool2d, {
    label: name,
    bind: { x, y, at },
    params: { ...form, count },
    overrides,
    defines,
    threads: count,
  });
  const taped = differentiable(name, y, [x], (save) => {
    const saved = save(at);
    const pixels = batch * height * width * channels4;
    return (dy, slots) => {
      return [
        slots.fill(0, (dx) => {
          dy.device.dispatch(kernels.pool2dGrad, {
            label: `${name} gradient`,
            bind: { dy, at: saved, dx },
            params: { ...form, count: pixels },
            overrides,
            defines,
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

/**
 * Returns the maximum of each window over NHWC images; padding is ignored. The first of equal maxima receives the
 * gradient.
 * @throws Error when the window does not fit or the padding is more than half of it
 */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return pool2d('maxPool2d', x, options);
}

/**
 * Returns the mean of each window over NHWC images; padding counts as zeros (PyTorch's count_include_pad).
 * @throws Error when the window does not fit or the padding is more than half of it
 */
export function avgPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return pool2d('avgPool2d', x, options);
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
];
