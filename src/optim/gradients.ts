import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import type { Span } from '../layers/arena.ts';
import { copyInto } from '../tensor/accumulate.ts';
import { sameShape, show } from '../tensor/shape.ts';
import { empty, Tensor } from '../tensor/tensor.ts';

/** Number of partial sums of the gradient norm per span. Constant, so that the order of addition never changes. */
const NORM_THREADS = 1024;

/** Returns a view of `size` elements of a flat tensor, from element `start`. */
export function part(flat: Tensor, start: number, size: number): Tensor {
  return new Tensor(flat.device, [size], 'f32', flat.storage.retain(), flat.byteOffset + 4 * start);
}

/** Copies a gradient that was assigned manually, `value.grad = tensor`, to the memory from which the step reads it. */
export function adoptGradient({ grad, gradBuffer, shape }: Tensor): void {
  if (!grad || !gradBuffer) return;
  if (grad.storage === gradBuffer.storage && grad.byteOffset === gradBuffer.byteOffset) return;
  if (!sameShape(grad.shape, shape) || grad.dtype !== 'f32') {
    throw new Error(
      `step: a gradient is ${grad.dtype} ${show(grad.shape)}, expected f32 ${show(shape)}, the shape of its parameter`,
    );
  }
  copyInto(gradBuffer, grad);
}

/**
 * Records the computation of the Euclidean norm of the gradients in `spans` of `flat`, and of the values that depend on
 * it, into `guard`, f32 [4] = [norm, scale of clipping, finite ? 1 : 0, steps skipped].
 * @param clipNorm the norm to which larger gradients are scaled down; 0: no clipping
 * @param mostSkipped skipped steps after which all further steps are skipped (default: no limit)
 */
export function measureGradients(
  device: Device,
  flat: Tensor,
  spans: readonly Span[],
  guard: Tensor,
  clipNorm: number,
  mostSkipped?: number,
): void {
  const threads = NORM_THREADS * spans.length;
  const partials = empty(device, [threads], 'f32', 'gradient norm');
  for (const [i, span] of spans.entries()) {
    device.dispatch(kernels.sumSquaresPartial, {
      label: 'gradient norm',
      bind: {
        x: part(flat, span.start, span.size),
        partial: part(partials, NORM_THREADS * i, NORM_THREADS),
      },
      params: { count: span.size / 4, threads: NORM_THREADS },
      threads: NORM_THREADS,
    });
  }
  device.dispatch(kernels.gradientGuard, {
    label: 'gradient norm',
    bind: { partial: partials, guard },
    params: { threads, maxNorm: clipNorm },
    overrides: mostSkipped === undefined ? {} : { MOST_SKIPPED: mostSkipped },
    workgroups: [1, 1, 1],
  });
}
