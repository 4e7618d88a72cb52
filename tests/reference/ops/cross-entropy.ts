import { from, type NdArray, zeros } from '../array.ts';
import { logSoftmax } from './softmax.ts';

/** N labels, or a distribution over the classes for every row, [N, K]. */
export type Target = ArrayLike<number> | NdArray;

export interface CrossEntropyOptions {
  /** Fraction of the target that is distributed evenly over the classes. */
  labelSmoothing?: number;
  /** One weight per class, [K]. */
  classWeights?: ArrayLike<number> | undefined;
  /** Label whose rows do not count (default -100). */
  ignoreIndex?: number;
  reduction?: 'mean' | 'sum' | 'none';
  /** What the mean divides by instead of the weights of this batch's labels. */
  divisor?: number;
}

/**
 * PyTorch's CrossEntropyLoss as a weighted sum of log-probabilities:
 * loss[n] = - sum over k of coefficient[n, k] * logp[n, k]. The coefficients hold target, smoothing, class weights
 * and the mean's divisor: the sum of the weights of the labels that are not ignored, or N for soft targets.
 */
export function crossEntropyCoefficients(
  [rows, classes]: [number, number],
  target: Target,
  options: CrossEntropyOptions = {},
): NdArray {
  const { labelSmoothing = 0, classWeights, ignoreIndex = -100, reduction = 'mean', divisor } = options;
  const weightOf = (k: number): number => classWeights?.[k] ?? 1;
  const coefficients = zeros([rows, classes]);
  let weights = 0;
  for (let n = 0; n < rows; n++) {
    if (!('shape' in target) && target[n] === ignoreIndex) continue;
    for (let k = 0; k < classes; k++) {
      const wanted = 'shape' in target ? target.data[n * classes + k]! : target[n] === k ? 1 : 0;
      const smoothed = wanted * (1 - labelSmoothing) + labelSmoothing / classes;
      coefficients.data[n * classes + k] = smoothed * weightOf(k);
    }
    weights += 'shape' in target ? 1 : weightOf(target[n]!);
  }
  const denominator = reduction === 'mean' ? (divisor ?? weights) : 1;
  coefficients.data = coefficients.data.map((value) => value / denominator);
  return coefficients;
}

/** Cross-entropy of logits [N, K]: of shape [], or [N] without reduction. */
export function crossEntropyArray(
  logits: NdArray,
  target: Target,
  options: CrossEntropyOptions = {},
): NdArray {
  const [rows, classes] = logits.shape as [number, number];
  const coefficients = crossEntropyCoefficients([rows, classes], target, options);
  const logProbabilities = logSoftmax(logits).data;
  const losses = zeros([rows]);
  for (let i = 0; i < rows * classes; i++) {
    const share = coefficients.data[i]!;
    // a term with coefficient 0 adds nothing, even if its logit is minus infinity
    if (share !== 0) losses.data[Math.floor(i / classes)]! -= share * logProbabilities[i]!;
  }
  if (options.reduction === 'none') return losses;
  // 0 / 0: every label is ignored
  const isEmpty = coefficients.data.some(Number.isNaN);
  return from([], [isEmpty ? Number.NaN : losses.data.reduce((sum, value) => sum + value, 0)]);
}

/** Cross-entropy of logits [N, K], reduced to one number. */
export function crossEntropy(logits: NdArray, target: Target, options: CrossEntropyOptions = {}): number {
  return crossEntropyArray(logits, target, options).data[0]!;
}
