import {
  BatchNorm2d,
  type Device,
  type ModuleBuffer,
  mean,
  mul,
  noGrad,
  randn,
  scope,
  sub,
} from 'feathergrad';

/** Number of values in a batch with a known spread. */
export const NUMBERS = 4096;

export interface Variances {
  /** variance by feathergrad's batch norm, from each number's distance to the mean so far (Welford) */
  ours: number;
  /** mean of the squares minus the square of the mean */
  short: number;
  /** variance of the same numbers in double precision, on the CPU */
  exact: number;
}

/**
 * Computes the variance of NUMBERS normal numbers with standard deviation 1 around `offset`, by both formulas on the
 * GPU.
 */
export async function variances(device: Device, offset: number): Promise<Variances> {
  // with momentum 1 the running estimate is this batch's own variance, unbiased
  using norm = new BatchNorm2d(1, { momentum: 1 }).to(device);
  const results = scope(() =>
    noGrad(() => {
      const x = randn(device, [NUMBERS, 1, 1, 1], { seed: 3, mean: offset });
      norm.call(x);
      const middle = mean(x);
      return { x, short: sub(mean(mul(x, x)), mul(middle, middle)) };
    }),
  );
  try {
    const [ours, short, numbers] = (
      await device.read([(norm.running_var as ModuleBuffer).value, results.short, results.x])
    ).map((bytes) => new Float32Array(bytes)) as [Float32Array, Float32Array, Float32Array];
    return {
      ours: ((ours[0] as number) * (NUMBERS - 1)) / NUMBERS,
      short: short[0] as number,
      exact: exactVariance(numbers),
    };
  } finally {
    for (const one of Object.values(results)) one.dispose();
  }
}

function exactVariance(numbers: Float32Array): number {
  const sum = (each: (v: number) => number) => numbers.reduce((total, v) => total + each(v), 0);
  const middle = sum((v) => v) / numbers.length;
  return sum((v) => (v - middle) ** 2) / numbers.length;
}
