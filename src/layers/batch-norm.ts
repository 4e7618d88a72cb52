import {
  boolean,
  checkCounts,
  checkOptions,
  finite,
  notNegative,
  type OptionRules,
  oneOf,
} from '../gpu/check-options.ts';
import { ACTIVATIONS, type Activation, batchNorm } from '../tensor/ops/batch-norm.ts';
import type { Epilogue, Norm } from '../tensor/ops/epilogue.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Init, initRule, ONES, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { ModuleBuffer, Parameter } from './parameter.ts';

/** Options of `BatchNorm1d` and `BatchNorm2d`. */
export interface BatchNormLayerOptions {
  /** added to the variance (default 1e-5) */
  eps?: number;
  /**
   * weight of the new batch in the running statistics, from 0 to 1 (default 0.1); null: all batches have the same weight
   */
  momentum?: number | null;
  /** whether to scale and shift by `weight` and `bias` (default true) */
  affine?: boolean;
  /**
   * whether to keep running statistics (default true); without them, the layer normalizes by the statistics of the batch
   * in evaluation mode too
   */
  trackRunningStats?: boolean;
  /** activation fused into the same kernels (default 'none') */
  activation?: Activation;
  /** initial values of the scale (default ones) */
  weightInit?: Init;
}

/** Checks of `BatchNormLayerOptions`. */
export const BATCH_NORM_OPTIONS: OptionRules<BatchNormLayerOptions> = {
  eps: notNegative,
  momentum: (v) => finite(v ?? 0, 0, 1),
  affine: boolean,
  trackRunningStats: boolean,
  activation: (v) => oneOf(v, ACTIVATIONS),
  weightInit: initRule,
};

/**
 * Normalizes each channel over all other axes, with a fused activation (Ioffe & Szegedy, ICML 2015). As in PyTorch,
 * normalization uses the biased batch variance, and the running statistics use the unbiased one.
 */
export abstract class BatchNorm extends Module {
  /** scale gamma, [C]; null without `affine` */
  readonly weight: Parameter | null;
  /** shift beta, [C]; null without `affine` */
  readonly bias: Parameter | null;
  /** mean for evaluation mode, [C]; null without `trackRunningStats` */
  readonly running_mean: ModuleBuffer | null;
  /** unbiased variance for evaluation mode, [C]; null without `trackRunningStats` */
  readonly running_var: ModuleBuffer | null;
  /** number of batches in the running statistics, []; null unless `momentum` is null */
  readonly num_batches_tracked: ModuleBuffer | null;
  readonly channels: number;
  /** added to the variance */
  readonly eps: number;
  /** running = (1 - momentum) * running + momentum * batch; may be changed during training */
  momentum: number | null;
  readonly activation: Activation;

  constructor(type: string, channels: number, options: BatchNormLayerOptions) {
    super();
    checkCounts(type, { channels });
    checkOptions(type, options, BATCH_NORM_OPTIONS);
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    const shape = [channels];
    this.weight = affine ? new Parameter(shape, options.weightInit ?? ONES) : null;
    this.bias = affine ? new Parameter(shape, ZEROS) : null;
    this.running_mean = trackRunningStats ? new ModuleBuffer(shape, ZEROS) : null;
    this.running_var = trackRunningStats ? new ModuleBuffer(shape, ONES) : null;
    this.num_batches_tracked = trackRunningStats && momentum === null ? new ModuleBuffer([], ZEROS) : null;
    this.channels = channels;
    this.eps = eps;
    this.momentum = momentum;
    this.activation = options.activation ?? 'none';
  }

  /** Returns the normalized and activated x, with channels on the last axis, plus `residual` of the same shape. */
  forward(x: Tensor, residual?: Tensor): Tensor {
    const { weight, bias, running_mean: mean, running_var: variance, eps, activation } = this;
    const batches = this.num_batches_tracked?.value ?? null;
    const running = mean && variance && { mean: mean.value, variance: variance.value, batches };
    const options = {
      training: this.training || !running,
      eps,
      momentum: running && !batches ? (this.momentum as number) : 0,
      activation,
      residual,
    };
    return batchNorm(x, weight?.value ?? null, bias?.value ?? null, running, options);
  }

  /**
   * Internal, for inference: the values that a convolution needs to fuse this layer; null in training mode and for a layer
   * without parameters or running statistics.
   */
  epilogue(): (Epilogue & { norm: Norm }) | null {
    const { training, weight, bias, running_mean: mean, running_var: variance, eps, activation } = this;
    if (training || !weight || !bias || !mean || !variance) return null;
    const norm = {
      gamma: weight.value,
      beta: bias.value,
      mean: mean.value,
      variance: variance.value,
      eps,
    };
    return { norm, activation };
  }
}
