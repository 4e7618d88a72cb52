import {
  type BatchNormOptions,
  type BatchNormResult,
  batchNorm as batchNormArray,
} from '../ops/batch-norm.ts';
import { apply } from './elementwise.ts';
import { Value } from './value.ts';

/**
 * Batch norm and activation on the tape, with the statistics that the forward loop returns. With
 * xhat = (x - mean) / std and means taken over a channel's count elements,
 *   dbeta = sum dy, dgamma = sum dy xhat,
 *   dx = gamma / std * (dy - mean(dy) - xhat mean(dy xhat)) in training,
 *   dx = gamma / std * dy in evaluation, where the statistics are constants.
 */
export function batchNorm(
  x: Value,
  gamma: Value,
  beta: Value,
  options: BatchNormOptions,
): { output: Value; statistics: BatchNormResult } {
  const { mode, eps, activation = 'none' } = options;
  const statistics = batchNormArray(x, gamma, beta, { ...options, activation: 'none' });
  const channels = gamma.data.length;
  const count = x.data.length / channels;
  const deviation = statistics.variance.data.map((variance) => Math.sqrt(variance + eps));
  const normalized = x.data.map((value, i) => {
    const c = i % channels;
    return (value - statistics.mean.data[c]!) / deviation[c]!;
  });
  const plain = new Value(statistics.output, [x, gamma, beta], (grad) => {
    const sumGrad = new Float64Array(channels);
    const sumGradNormalized = new Float64Array(channels);
    for (let i = 0; i < grad.length; i++) {
      sumGrad[i % channels]! += grad[i]!;
      sumGradNormalized[i % channels]! += grad[i]! * normalized[i]!;
    }
    for (let c = 0; c < channels; c++) {
      beta.grad[c]! += sumGrad[c]!;
      gamma.grad[c]! += sumGradNormalized[c]!;
    }
    for (let i = 0; i < grad.length; i++) {
      const c = i % channels;
      const throughStatistics =
        mode === 'train' ? (sumGrad[c]! + normalized[i]! * sumGradNormalized[c]!) / count : 0;
      x.grad[i]! += (gamma.data[c]! / deviation[c]!) * (grad[i]! - throughStatistics);
    }
  });
  return { output: activation === 'none' ? plain : apply(activation, plain), statistics };
}
