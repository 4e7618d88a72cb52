import { type NdArray, zeros } from '../array.ts';
import { unaryFunctions } from './unary.ts';

export type Activation = 'none' | 'relu' | 'relu6' | 'hardSwish' | 'sigmoid' | 'hardSigmoid' | 'silu';

export interface BatchNormOptions {
  /** 'train' normalizes by the batch's statistics, 'eval' by the running ones. */
  mode: 'train' | 'eval';
  eps: number;
  /** Weight of the batch in the running statistics: running = (1 - momentum) running + momentum batch. */
  momentum?: number;
  runningMean?: NdArray | undefined;
  runningVariance?: NdArray | undefined;
  activation?: Activation;
}

export interface BatchNormResult {
  output: NdArray;
  /** The statistics used for normalization; in training the batch's mean and biased variance. */
  mean: NdArray;
  variance: NdArray;
  /** The running statistics after this call; in training the new variance is the unbiased one. */
  runningMean: NdArray;
  runningVariance: NdArray;
}

/**
 * activation((x - mean) / sqrt(variance + eps) * gamma + beta) for x [..., C] and gamma, beta [C]; the
 * statistics run over all axes but the last. For one value per channel, which PyTorch refuses in training, the unbiased
 * variance is 0.
 */
export function batchNorm(
  x: NdArray,
  gamma: NdArray,
  beta: NdArray,
  options: BatchNormOptions,
): BatchNormResult {
  const { mode, eps, momentum = 0.1, activation = 'none' } = options;
  const channels = gamma.data.length;
  const runningMean = options.runningMean ?? zeros([channels]);
  const runningVariance = options.runningVariance ?? { shape: [channels], data: gamma.data.map(() => 1) };
  const batch = mode === 'train' ? channelMoments(x) : undefined;
  const mean = batch?.mean ?? runningMean;
  const variance = batch?.variance ?? runningVariance;
  const activate = activationFunction(activation);
  const output = zeros(x.shape);
  for (let i = 0; i < x.data.length; i++) {
    const c = i % channels;
    const normalized = (x.data[i]! - mean.data[c]!) / Math.sqrt(variance.data[c]! + eps);
    output.data[i] = activate(normalized * gamma.data[c]! + beta.data[c]!);
  }
  if (!batch) return { output, mean, variance, runningMean, runningVariance };
  const count = x.data.length / channels;
  const unbiased = batch.variance.data.map((value) => (value * count) / Math.max(count - 1, 1));
  return {
    output,
    mean,
    variance,
    runningMean: blend(runningMean, batch.mean.data, momentum),
    runningVariance: blend(runningVariance, unbiased, momentum),
  };
}

/** Mean and biased variance of every channel (the last axis), in two passes. */
export function channelMoments(x: NdArray): { mean: NdArray; variance: NdArray } {
  const channels = x.shape[x.shape.length - 1]!;
  const count = x.data.length / channels;
  const mean = zeros([channels]);
  const variance = zeros([channels]);
  for (let i = 0; i < x.data.length; i++) mean.data[i % channels]! += x.data[i]! / count;
  for (let i = 0; i < x.data.length; i++) {
    variance.data[i % channels]! += (x.data[i]! - mean.data[i % channels]!) ** 2 / count;
  }
  return { mean, variance };
}

function activationFunction(activation: Activation): (x: number) => number {
  return activation === 'none' ? (x) => x : unaryFunctions[activation];
}

function blend(running: NdArray, batch: Float64Array, momentum: number): NdArray {
  const data = running.data.map((value, c) => (1 - momentum) * value + momentum * batch[c]!);
  return { shape: [...running.shape], data };
}
