import type { NdArray, Shape } from '../array.ts';
import { broadcastOffsets } from '../broadcast.ts';
import {
  avgPool2d as avgPool2dArray,
  avgPoolAxis as avgPoolAxisArray,
  globalAvgPool as globalAvgPoolArray,
  maxPool2d as maxPool2dArray,
  maxPoolAxis as maxPoolAxisArray,
  type PooledAxis,
  type PoolOptions,
} from '../ops/pool.ts';
import { forEachTap, windowGeometry } from '../ops/window.ts';
import { Value } from './value.ts';

/** The first (in row-major order) of the greatest elements under the window takes the whole gradient. */
export function maxPool2d(x: Value, options: PoolOptions): Value {
  const { kernel, stride = kernel } = options;
  const channels = x.shape[3]!;
  const out = maxPool2dArray(x, options);
  return new Value(out, [x], (grad) => {
    const taken = new Uint8Array(grad.length);
    forEachTap(windowGeometry(x, kernel, { ...options, stride }), (outputPixel, inputPixel) => {
      for (let c = 0; c < channels; c++) {
        takeIfGreatest(x, out, grad, taken, outputPixel * channels + c, inputPixel * channels + c);
      }
    });
  });
}

/** Every element under the window, padding included, gets an equal share. */
export function avgPool2d(x: Value, options: PoolOptions): Value {
  const { kernel, stride = kernel } = options;
  const channels = x.shape[3]!;
  const share = 1 / (kernel[0] * kernel[1]);
  return new Value(avgPool2dArray(x, options), [x], (grad) => {
    forEachTap(windowGeometry(x, kernel, { ...options, stride }), (outputPixel, inputPixel) => {
      for (let c = 0; c < channels; c++) {
        x.grad[inputPixel * channels + c]! += grad[outputPixel * channels + c]! * share;
      }
    });
  });
}

export function globalAvgPool(x: Value): Value {
  return spreadMean(x, globalAvgPoolArray(x), [x.shape[0]!, 1, 1, x.shape[3]!]);
}

/** Over the width, [N,H,W,C] -> [N,H,C], or over the height -> [N,W,C]. */
export function avgPoolAxis(x: Value, axis: PooledAxis): Value {
  return spreadMean(x, avgPoolAxisArray(x, axis), keptShape(x, axis));
}

/** As avgPoolAxis with the maximum; the first of equal elements takes the gradient. */
export function maxPoolAxis(x: Value, axis: PooledAxis): Value {
  const out = maxPoolAxisArray(x, axis);
  return new Value(out, [x], (grad) => {
    const taken = new Uint8Array(grad.length);
    broadcastOffsets(keptShape(x, axis), x.shape).forEach((target, source) => {
      takeIfGreatest(x, out, grad, taken, target, source);
    });
  });
}

function keptShape(x: NdArray, axis: PooledAxis): number[] {
  return x.shape.map((extent, a) => (a === (axis === 'width' ? 2 : 1) ? 1 : extent));
}

/** Gives every element its share of the mean; `kept` is out's shape with the pooled axes left as 1. */
function spreadMean(x: Value, out: NdArray, kept: Shape): Value {
  const count = x.data.length / out.data.length;
  return new Value(out, [x], (grad) => {
    broadcastOffsets(kept, x.shape).forEach((target, source) => {
      x.grad[source]! += grad[target]! / count;
    });
  });
}

function takeIfGreatest(
  x: Value,
  out: NdArray,
  grad: Float64Array,
  taken: Uint8Array,
  target: number,
  source: number,
): void {
  const isGreatest = x.data[source] === out.data[target] || Number.isNaN(x.data[source]);
  if (taken[target] || !isGreatest) return;
  taken[target] = 1;
  x.grad[source]! += grad[target]!;
}
