import * as kernels from '../../kernels/index.ts';
import { differentiable, type GradientSlots } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { imageForm, pixelRuns } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Returns the mean of each channel over all pixels, [N, H, W, C] to [N, 1, 1, C]. */
export function globalAvgPool(x: Tensor): Tensor {
  const { n, height, width, channels, channels4, defines } = imageForm('globalAvgPool', x);
  const pixels = height * width;
  const count = n * channels4;
  const y = empty(x.device, [n, 1, 1, channels], 'f32', 'globalAvgPool');
  x.device.dispatch(kernels.globalAvgPool, {
    label: 'globalAvgPool',
    bind: { x, y },
    params: { pixels, channels4, count },
    defines,
    threads: count,
  });
  return differentiable('globalAvgPool', y, [x], () => (dy, slots, gradients) => [
    gradients.globalAvgPool(dy, slots, { pixels, channels4, count }, defines),
  ]);
}

/** Computes the gradient of x; called through `ops/gradients.ts`. */
export function globalAvgPoolGradient(
  dy: Tensor,
  slots: GradientSlots,
  { pixels, channels4, count }: { pixels: number; channels4: number; count: number },
  defines: Readonly<Record<string, string>>,
): Tensor {
  const dx = slots.output(0);
  const plus = slots.take(0);
  const runs = pixelRuns(pixels, count);
  dy.device.dispatch(kernels.globalAvgPoolGrad, {
    label: 'globalAvgPool gradient',
    bind: { dy, dx, plus: plus ?? dy },
    overrides: { PLUS: plus ? 1 : 0 },
    params: { pixels, channels4, ...runs },
    defines,
    threads: runs.count,
  });
  return dx;
}

export const globalAvgPoolInfo: OpInfo = {
  name: 'globalAvgPool',
  doc: 'mean of each channel over all pixels',
  gradient: 'dx = dy / (height width)',
  cost: elementwiseCost,
};
