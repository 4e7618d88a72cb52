import { full, type NdArray, zeros } from '../array.ts';
import { max, mean } from './reduce.ts';
import { forEachTap, type Pair, type WindowOptions, windowGeometry } from './window.ts';

export interface PoolOptions extends WindowOptions {
  kernel: Pair;
}

/** Greatest value under the window; padding counts as minus infinity. The stride is the kernel by default. */
export function maxPool2d(x: NdArray, { kernel, stride = kernel, ...rest }: PoolOptions): NdArray {
  const channels = x.shape[3]!;
  const geometry = windowGeometry(x, kernel, { stride, ...rest });
  const out = full([geometry.batch, ...geometry.output, channels], Number.NEGATIVE_INFINITY);
  forEachTap(geometry, (outputPixel, inputPixel) => {
    for (let c = 0; c < channels; c++) {
      const target = outputPixel * channels + c;
      out.data[target] = Math.max(out.data[target]!, x.data[inputPixel * channels + c]!);
    }
  });
  return out;
}

/** Mean under the window with padding counted as zeros, PyTorch's default (count_include_pad). */
export function avgPool2d(x: NdArray, { kernel, stride = kernel, ...rest }: PoolOptions): NdArray {
  const channels = x.shape[3]!;
  const geometry = windowGeometry(x, kernel, { stride, ...rest });
  const out = zeros([geometry.batch, ...geometry.output, channels]);
  const share = 1 / (kernel[0] * kernel[1]);
  forEachTap(geometry, (outputPixel, inputPixel) => {
    for (let c = 0; c < channels; c++) {
      out.data[outputPixel * channels + c]! += x.data[inputPixel * channels + c]! * share;
    }
  });
  return out;
}

/** [N,H,W,C] -> [N,1,1,C]. */
export function globalAvgPool(x: NdArray): NdArray {
  return mean(x, { axes: [1, 2], keepdims: true });
}

export type PooledAxis = 'width' | 'height';

/** Mean over the width, [N,H,W,C] -> [N,H,C], or over the height -> [N,W,C]. */
export function avgPoolAxis(x: NdArray, axis: PooledAxis): NdArray {
  return mean(x, { axes: [axis === 'width' ? 2 : 1] });
}

/** Maximum over the width, [N,H,W,C] -> [N,H,C], or over the height -> [N,W,C]. */
export function maxPoolAxis(x: NdArray, axis: PooledAxis): NdArray {
  return max(x, { axes: [axis === 'width' ? 2 : 1] });
}
