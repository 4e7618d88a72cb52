import type { NdArray, Shape } from '../array.ts';
import { broadcastOffsets } from '../broadcast.ts';
import {
  adaptivePlaces,
  avgPoolAxis as avgPoolAxisArray,
  globalAvgPool as globalAvgPoolArray,
  maxOf,
  maxPoolAxis as maxPoolAxisArray,
  meanOf,
  type PooledAxis,
  type PoolOptions,
  poolPlaces,
} from '../ops/pool.ts';
import type { Pair } from '../ops/window.ts';
import { Value } from './value.ts';

/** The first (in row-major order) of the largest elements under the window receives the whole gradient. */
export const maxPool2d = (x: Value, options: PoolOptions): Value => maxOver(x, poolPlaces(x, options));
export const adaptiveMaxPool2d = (x: Value, output: Pair): Value => maxOver(x, adaptivePlaces(x, output));

function maxOver(x: Value, windows: ReturnType<typeof poolPlaces>): Value {
  const channels = x.shape[3]!;
  const out = maxOf(x, windows);
  return new Value(out, [x], (grad) => {
    const taken = new Uint8Array(grad.length);
    for (const { output, pixels } of windows.places) {
      for (const pixel of pixels) {
        for (let c = 0; c < channels; c++) {
          takeIfGreatest(x, out, grad, taken, output * channels + c, pixel * channels + c);
        }
      }
    }
  });
}

/** Every element under the window gets an equal share. */
export const avgPool2d = (x: Value, options: PoolOptions): Value => meanOver(x, poolPlaces(x, options));
export const adaptiveAvgPool2d = (x: Value, output: Pair): Value => meanOver(x, adaptivePlaces(x, output));

function meanOver(x: Value, windows: ReturnType<typeof poolPlaces>): Value {
  const channels = x.shape[3]!;
  return new Value(meanOf(x, windows), [x], (grad) => {
    for (const { output, pixels, divisor } of windows.places) {
      for (const pixel of pixels) {
        for (let c = 0; c < channels; c++) {
          x.grad[pixel * channels + c]! += grad[output * channels + c]! / divisor;
        }
      }
    }
  });
}

export function globalAvgPool(x: Value): Value {
  return spreadMean(x, globalAvgPoolArray(x), [x.shape[0]!, 1, 1, x.shape[3]!]);
}

/** Over the width, [N,H,W,C] -> [N,H,C], or over the height -> [N,W,C]. */
export function avgPoolAxis(x: Value, axis: PooledAxis): Value {
  return spreadMean(x, avgPoolAxisArray(x, axis), keptShape(x, axis));
}

/** Like avgPoolAxis with the maximum; the first of equal elements receives the gradient. */
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

/** Gives every element its share of the mean; `kept` is the shape of out with pooled axes of size 1. */
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
