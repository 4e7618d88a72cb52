import { from, type NdArray } from '../array.ts';
import {
  type CenterLossOptions,
  centerLoss as centerLossArray,
  centerRowWeights,
} from '../ops/center-loss.ts';
import {
  type CrossEntropyOptions,
  crossEntropyArray,
  crossEntropyCoefficients,
  type Target,
} from '../ops/cross-entropy.ts';
import { softmax } from '../ops/softmax.ts';
import { Value } from './value.ts';

/**
 * Shape [], or [N] without reduction. With coefficients t:
 * dlogits[n, k] = softmax[n, k] * sum over j of t[n, j] - t[n, k].
 */
export function crossEntropy(logits: Value, target: Target, options: CrossEntropyOptions = {}): Value {
  const [rows, classes] = logits.shape as [number, number];
  return new Value(crossEntropyArray(logits, target, options), [logits], (grad) => {
    const coefficients = crossEntropyCoefficients([rows, classes], target, options).data;
    const probabilities = softmax(logits).data;
    for (let n = 0; n < rows; n++) {
      const incoming = grad[options.reduction === 'none' ? n : 0]!;
      const total = coefficients.subarray(n * classes, (n + 1) * classes).reduce((sum, t) => sum + t, 0);
      for (let i = n * classes; i < (n + 1) * classes; i++) {
        logits.grad[i]! += incoming * (probabilities[i]! * total - coefficients[i]!);
      }
    }
  });
}

/** Scalar of shape [], differentiated only with respect to the features, since the centers move by their own rule. */
export function centerLoss(
  features: Value,
  labels: ArrayLike<number>,
  centers: NdArray,
  options: CenterLossOptions,
): Value {
  const width = features.shape[1]!;
  const loss = centerLossArray(features, labels, centers, options);
  return new Value(from([], [loss]), [features], (grad) => {
    const rowWeights = centerRowWeights(labels, options);
    for (let i = 0; i < features.data.length; i++) {
      const row = Math.floor(i / width);
      const center = centers.data[labels[row]! * width + (i % width)]!;
      features.grad[i]! += grad[0]! * rowWeights[row]! * (features.data[i]! - center);
    }
  });
}
