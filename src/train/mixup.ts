import * as kernels from '../kernels/index.ts';
import { murmurMix } from '../tensor/host-random.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';

/**
 * Blends each row of x [N, ...] with its neighbor, row 2 k with row 2 k + 1, where `share`, f32 [N], is the weight of
 * the row itself (Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018). Not differentiable.
 */
export function mixRows(x: Tensor, share: Tensor): Tensor {
  const [rows] = x.shape as [number];
  const y = empty(x.device, x.shape, 'f32', 'mixed batch');
  const count = x.size;
  x.device.dispatch(kernels.mixup, {
    label: 'mixup',
    bind: { x, share, y },
    params: { count, rows, width: count / rows },
    threads: count,
  });
  return y;
}

/**
 * Draws the shares of one batch: max(v, 1 - v) with v from Beta(alpha, alpha), so that each image dominates its blend.
 * They depend only on seed, step and index. Uses Jöhnk's method (Metrika 8, 1964), which supports alpha up to 1.
 */
export function mixShares(alpha: number, count: number, seed: number, step: number, slot = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const next = uniforms(seed, step, slot + i);
    for (;;) {
      const [a, b] = [next() ** (1 / alpha), next() ** (1 / alpha)];
      if (a + b > 0 && a + b <= 1) return Math.max(a, b) / (a + b);
    }
  });
}

/** Returns a generator of numbers in (0, 1), seeded by three integers (SplitMix32 of their hash). */
function uniforms(...key: number[]): () => number {
  let state = key.reduce((h, word) => murmurMix(h ^ Math.imul(word | 0, 0x9e3779b1)) + 0x6a09e667, 0) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return ((murmurMix(state) >>> 0) + 0.5) / 2 ** 32;
  };
}
