import type { NdArray } from './array.ts';

export interface GradientTolerance {
  /** Allowed |actual - expected| as a share of the tensor's own norm. Default 1e-3. */
  rtol?: number;
  /** The same as a share of the greatest norm of all tensors. Default 1e-6. */
  floor?: number;
}

/**
 * Compares whole gradients by name in the Euclidean norm, because in a deep network the small elements of a tensor have
 * rounding errors of the size of its large ones. The floor is for gradients that are exactly zero, such as that of a
 * bias that the next batch norm removes, whose float32 value is noise. Returns each tensor's difference as a share of
 * its allowance, greatest first.
 */
export function expectGradientsClose(
  actual: ReadonlyMap<string, ArrayLike<number>>,
  expected: ReadonlyMap<string, NdArray>,
  { rtol = 1e-3, floor = 1e-6 }: GradientTolerance = {},
): { name: string; share: number }[] {
  const missing = [...expected.keys()].filter((name) => !actual.has(name));
  const unexpected = [...actual.keys()].filter((name) => !expected.has(name));
  if (missing.length + unexpected.length > 0) {
    throw new Error(`gradients: missing [${missing.join(', ')}], unexpected [${unexpected.join(', ')}]`);
  }
  const greatest = Math.max(...[...expected.values()].map(({ data }) => norm(data)));
  const shares = [...expected].map(([name, { shape, data }]) => {
    const values = actual.get(name)!;
    if (values.length !== data.length) {
      throw new Error(`gradient of ${name}: got ${values.length} elements, expected shape [${shape}]`);
    }
    const difference = norm(data.map((value, i) => value - values[i]!));
    const share = difference / (rtol * norm(data) + floor * greatest);
    return {
      name,
      norm: norm(data),
      difference,
      share: Number.isNaN(share) ? Number.POSITIVE_INFINITY : share,
    };
  });
  shares.sort((a, b) => b.share - a.share);
  const worst = shares[0]!;
  if (worst.share > 1) {
    const failures = shares.filter(({ share }) => share > 1).length;
    throw new Error(
      `gradients: ${failures} of ${shares.length} tensors differ. Worst: ${worst.name}: difference of norm ` +
        `${worst.difference.toExponential(3)} in a gradient of norm ${worst.norm.toExponential(3)}, ` +
        `${worst.share.toFixed(1)} times what rtol ${rtol} and floor ${floor} allow`,
    );
  }
  return shares.map(({ name, share }) => ({ name, share }));
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
