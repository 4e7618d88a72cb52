import { type NdArray, zeros } from '../array.ts';
import { logSoftmax } from './softmax.ts';

/** N labels, or a distribution over the classes for every row, [N, K]. */
export type Target = ArrayLike<number> | NdArray;

export interface CrossEntropyOptions {
  /** Share of the target that is spread evenly over the classes. */
  labelSmoothing?: number;
  /** One weight a class, [K]. */
  classWeights?: ArrayLike<number> | undefined;
}

/**
 * PyTorch's CrossEntropyLoss, reduction 'mean', as a weighted sum of log-probabilities:
 * loss = - sum over n, k of coefficient[n, k] * logp[n, k]. The coefficients hold target, smoothing, class
 * weights and the mean's denominator: the sum of the labels' weights, or N for soft targets.
 */
export function crossEntropyCoefficients(
  [rows, classes]: [number, number],
  target: Target,
  { labelSmoothing = 0, classWeights }: CrossEntropyOptions = {},
): NdArray {
  const weightOf = (k: number): number => classWeights?.[k] ?? 1;
  const coefficients = zeros([rows, classes]);
  let denominator = 0;
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < classes; k++) {
      const wanted = 'shape' in target ? target.data[n * classes + k]! : target[n] === k ? 1 : 0;
      const smoothed = wanted * (1 - labelSmoothing) + labelSmoothing / classes;
      coefficients.data[n * classes + k] = smoothed * weightOf(k);
    }
    denominator += 'shape' in target ? 1 : weightOf(target[n]!);
  }
  coefficients.data = coefficients.data.map((value) => value / denominator);
  return coefficients;
}

/** Mean cross-entropy of logits [N, K]. */
export function crossEntropy(logits: NdArray, target: Target, options: CrossEntropyOptions = {}): number {
  const shape = logits.shape as [number, number];
  const coefficients = crossEntropyCoefficients(shape, target, options);
  const logProbabilities = logSoftmax(logits).data;
  return -logProbabilities.reduce((sum, value, i) => sum + coefficients.data[i]! * value, 0);
}
