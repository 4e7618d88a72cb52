import { checkCounts, checkOptions, finite, type OptionRules, oneOf } from '../gpu/check-options.ts';
import { ACTIVATIONS, type Activation, batchNorm } from '../tensor/ops/batch-norm.ts';
import type { Epilogue } from '../tensor/ops/epilogue.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Init, initRule, ONES, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { ModuleBuffer, Parameter } from './parameter.ts';

/** Options of `BatchNorm1d` and `BatchNorm2d`. */
export interface BatchNormLayerOptions {
  /** added to the variance (default 1e-5) */
  eps?: number;
  /** weight of the new batch in the running statistics, from 0 to 1 (default 0.1) */
  momentum?: number;
  /** activation fused into the same kernels (default 'none') */
  activation?: Activation;
  /** initial values of the scale (default ones) */
  weightInit?: Init;
}

/** Checks of `BatchNormLayerOptions`. */
export const BATCH_NORM_OPTIONS: OptionRules<BatchNormLayerOptions> = {
  eps: (v) => finite(v, 0),
  momentum: (v) => finite(v, 0, 1),
  activation: (v) => oneOf(v, ACTIVATIONS),
  weightInit: initRule,
};

/**
 * Normalizes each channel over all other axes, with a fused activation (Ioffe & Szegedy, ICML 2015). As in PyTorch,
 * normalization uses the biased batch variance, and the running statistics use the unbiased one.
 */
export abstract class BatchNorm extends Module {
  /** scale gamma, [C] */
  readonly weight: Parameter;
  /** shift beta, [C] */
  readonly bias: Parameter;
  /** mean for evaluation mode, [C] */
  readonly running_mean: ModuleBuffer;
  /** unbiased variance for evaluation mode, [C] */
  readonly running_var: ModuleBuffer;
  /** added to the variance */
  readonly eps: number;
  /** running = (1 - momentum) * running + momentum * batch; may be changed during training */
  momentum: number;
  readonly activation: Activation;

  constructor(type: string, channels: number, options: BatchNormLayerOptions) {
    super();
    checkCounts(type, { channels });
    checkOptions(type, options, BATCH_NORM_OPTIONS);
    this.weight = new Parameter([channels], options.weightInit ?? ONES);
    this.bias = new Parameter([channels], ZEROS);
    this.running_mean = new ModuleBuffer([channels], ZEROS);
    this.running_var = new ModuleBuffer([channels], ONES);
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum ?? 0.1;
    this.activation = options.activation ?? 'none';
  }

  /** Returns the normalized and activated x, with channels on the last axis, plus `residual` of the same shape. */
  forward(x: Tensor, residual?: Tensor): Tensor {
    const running = { mean: this.running_mean.value, variance: this.running_var.value };
    const { training, eps, momentum, activation } = this;
    return batchNorm(x, this.weight.value, this.bias.value, running, {
      training,
      eps,
      momentum,
      activation,
      residual,
    });
  }

  /** Internal, for inference: the values that a convolution needs to fuse this layer. */
  epilogue(): Epilogue {
    const norm = {
      gamma: this.weight.value,
      beta: this.bias.value,
      mean: this.running_mean.value,
      variance: this.running_var.value,
      eps: this.eps,
    };
    return { norm, activation: this.activation };
  }
}
