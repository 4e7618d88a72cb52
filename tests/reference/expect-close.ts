import { indexOf, type NdArray } from './array.ts';

export interface Tolerance {
  /** Allowed difference relative to |expected|. Default 1e-4. */
  rtol?: number;
  /** Allowed absolute difference, added to the relative one. Default 1e-5. */
  atol?: number;
  label?: string;
}

/**
 * Throws unless |actual - expected| <= atol + rtol |expected| everywhere; equal infinities and a NaN against a
 * NaN pass. The error names the element that exceeds its allowance most. Returns the greatest difference.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: NdArray | ArrayLike<number>,
  { rtol = 1e-4, atol = 1e-5, label = 'values' }: Tolerance = {},
): number {
  const values = isNdArray(expected) ? expected.data : expected;
  const shape = isNdArray(expected) ? expected.shape : [expected.length];
  if (actual.length !== values.length) {
    throw new Error(`${label}: got ${actual.length} elements, expected ${values.length} (shape [${shape}])`);
  }
  let failures = 0;
  let worst = -1;
  let worstExcess = 1;
  let greatest = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = differenceOf(actual[i]!, values[i]!);
    greatest = Math.max(greatest, difference);
    const allowed = atol + rtol * (Number.isFinite(values[i]!) ? Math.abs(values[i]!) : 0);
    if (difference <= allowed) continue;
    failures++;
    const excess = allowed > 0 ? difference / allowed : Number.POSITIVE_INFINITY;
    if (worst < 0 || excess > worstExcess) {
      worst = i;
      worstExcess = excess;
    }
  }
  if (worst < 0) return greatest;
  const difference = differenceOf(actual[worst]!, values[worst]!);
  throw new Error(
    `${label}: ${failures} of ${values.length} elements differ. Worst: element ${worst} ` +
      `(index [${indexOf(shape, worst).join(', ')}] of [${shape.join(', ')}]): got ${actual[worst]}, ` +
      `expected ${values[worst]}, difference ${difference.toExponential(3)} (rtol ${rtol}, atol ${atol})`,
  );
}

/** Exact equality of shape and values, for indices, comparisons and data movement. */
export function expectSame(actual: NdArray, expected: NdArray, label = 'array'): void {
  if (actual.shape.join() !== expected.shape.join()) {
    throw new Error(`${label}: got shape [${actual.shape}], expected [${expected.shape}]`);
  }
  expectClose(actual.data, expected, { rtol: 0, atol: 0, label });
}

function differenceOf(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const difference = Math.abs(actual - expected);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}

function isNdArray(value: NdArray | ArrayLike<number>): value is NdArray {
  return 'shape' in value;
}
