/** Smaller probabilities in a baseline count as this value, which bounds the correction. */
const LEAST = 0.02;
/** Probability of the neutral class after the correction, for the expression of the baseline. */
const NEUTRAL_SHARE = 0.8;

/**
 * Returns probabilities relative to a person's neutral expression: p[k] * n[k] / baseline[k], divided by their sum,
 * where n is 0.8 for the neutral class and the rest is shared equally by the others. The baseline's own expression
 * becomes n.
 * @param probabilities of one face, in the order of the classes
 * @param baseline mean probabilities of the person while the expression was neutral
 * @param neutral index of the neutral class
 */
export function relativeTo(
  probabilities: ArrayLike<number>,
  baseline: ArrayLike<number>,
  neutral: number,
): Float32Array {
  const others = (1 - NEUTRAL_SHARE) / Math.max(1, probabilities.length - 1);
  const scaled = Array.from(probabilities, (value, k) => {
    const target = k === neutral ? NEUTRAL_SHARE : others;
    return (value * target) / Math.max(LEAST, baseline[k] as number);
  });
  const sum = scaled.reduce((total, value) => total + value, 0);
  return Float32Array.from(scaled, (value) => value / sum);
}
