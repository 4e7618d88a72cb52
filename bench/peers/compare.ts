/** Agreement of a library's results with the reference. */
export interface Agreement {
  /** largest difference of an output from the reference, relative to the largest output */
  error: number;
  agrees: boolean;
}

const OUTPUT_TOLERANCE = 1e-3;

/** Compares logits or losses with the reference. */
export function compareOutputs(output: readonly number[], reference: readonly number[]): Agreement {
  const scale = Math.max(...reference.map(Math.abs), 1e-30);
  const error =
    output.length === reference.length
      ? Math.max(...output.map((value, i) => Math.abs(value - (reference[i] as number)))) / scale
      : Number.NaN;
  return { error, agrees: error <= OUTPUT_TOLERANCE };
}

/** Differences between the gradients of the first step and the reference, per parameter. */
export interface GradientAgreement {
  parameters: number;
  /** number of parameters whose gradient differs by more than the tolerance */
  wrong: string[];
  /** largest relative difference: norm of the difference / norm of the reference's gradient */
  worst: number;
  worstName: string;
}

/**
 * Hard-swish's derivative jumps at -3 and 3. If rounding decides on which side a value falls, one channel's gradient
 * changes by a few percent, and drivers differ; wrong gradients differ by far more.
 */
const GRADIENT_TOLERANCE = 0.05;

/**
 * A gradient this much smaller than the largest one is only rounding error. The network has 22 biases that the
 * following batch norm cancels, so their exact gradient is 0.
 */
const NEGLIGIBLE = 1e-5;

export function compareGradients(
  gradients: ReadonlyMap<string, Float32Array>,
  reference: ReadonlyMap<string, Float32Array>,
): GradientAgreement {
  const longest = Math.max(...[...reference.values()].map((values) => lengthOf(values)));
  const result: GradientAgreement = { parameters: 0, wrong: [], worst: 0, worstName: '' };
  for (const [name, expected] of reference) {
    const length = lengthOf(expected);
    if (length < NEGLIGIBLE * longest) continue;
    result.parameters++;
    const found = gradients.get(name);
    const distance = found?.length === expected.length ? lengthOf(found, expected) / length : Number.NaN;
    const error = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    if (error > GRADIENT_TOLERANCE) result.wrong.push(name);
    if (error > result.worst) {
      result.worst = error;
      result.worstName = name;
    }
  }
  return result;
}

/** Returns the Euclidean norm of an array, or of the difference of two. */
function lengthOf(a: Float32Array, b?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b?.[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}
