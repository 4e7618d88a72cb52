/** Whether a library computes what the others do. */
export interface Agreement {
  /** greatest difference of an output from the reference's, relative to the largest output */
  error: number;
  agrees: boolean;
}

const OUTPUT_TOLERANCE = 1e-3;

/** Logits, or losses, beside those of the reference. */
export function compareOutputs(output: readonly number[], reference: readonly number[]): Agreement {
  const scale = Math.max(...reference.map(Math.abs), 1e-30);
  const error =
    output.length === reference.length
      ? Math.max(...output.map((value, i) => Math.abs(value - (reference[i] as number)))) / scale
      : Number.NaN;
  return { error, agrees: error <= OUTPUT_TOLERANCE };
}

/** How the gradients of the first step differ from the reference's, parameter by parameter. */
export interface GradientAgreement {
  parameters: number;
  /** parameters whose gradient is off by more than the tolerance */
  wrong: string[];
  /** greatest difference: length of the difference over length of the reference's gradient */
  worst: number;
  worstName: string;
}

/**
 * Hard-swish's derivative jumps at -3 and 3. A value so near to them that rounding decides on which side it falls
 * moves one channel's gradient by a few percent, and differs between drivers; wrong gradients are off by far more.
 */
const GRADIENT_TOLERANCE = 0.05;

/**
 * A gradient this much shorter than the longest is nothing but rounding: the network has 22 parameters, biases that a
 * batch norm after them takes away again, whose gradient is 0.
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

/** Euclidean length, of the difference where two are given. */
function lengthOf(a: Float32Array, b?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b?.[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}
