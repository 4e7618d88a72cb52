import {
  boolean,
  checkOptions,
  finite,
  type OptionRules,
  oneOf,
  tensorRule,
} from '../../gpu/check-options.ts';
import { ShapeError } from '../errors.ts';
import { expectDType, expectShape } from '../expect.ts';
import { show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { normalizeBatch, normalizeByRunning, planOf } from './batch-norm-kernels.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** In the order of the kernels' ACTIVATION override. */
export const ACTIVATIONS = ['none', 'relu', 'relu6', 'hardSwish', 'sigmoid', 'hardSigmoid', 'silu'] as const;
/** An activation fused into the kernels of the layer before it; 'none' is the identity. */
export type Activation = (typeof ACTIVATIONS)[number];

/** Options of `batchNorm`; all except `residual` are required. */
export interface BatchNormOptions {
  /**
   * true: normalize by the statistics of the batch and update the running ones; false: normalize by the running ones
   */
  training: boolean;
  eps: number;
  momentum: number;
  activation: Activation;
  /** added to the result; has the shape of x */
  residual?: Tensor | undefined;
}

const OPTIONS: OptionRules<BatchNormOptions> = {
  training: boolean,
  eps: (v) => finite(v, 0),
  momentum: (v) => finite(v, 0, 1),
  activation: (v) => oneOf(v, ACTIVATIONS),
  residual: tensorRule,
};
const REQUIRED = ['training', 'eps', 'momentum', 'activation'] as const;
const RUNNING = { mean: tensorRule, variance: tensorRule };

/** The statistics for normalization in evaluation mode. */
export interface RunningStatistics {
  /** [C], updated in place in training */
  mean: Tensor;
  /** [C], updated in place in training */
  variance: Tensor;
}

/**
 * Applies batch normalization over all axes but the last, and an activation, as one op:
 * y = act(gamma (x - mean) / sqrt(variance + eps) + beta) [+ residual] (Ioffe & Szegedy, ICML 2015).
 * A batch with non-finite statistics does not change the running ones.
 * @throws Error when a vector does not have one number per channel, when the shape of the residual is not that of x, or in
 *   training when x has only one value per channel
 */
export function batchNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  running: RunningStatistics,
  options: BatchNormOptions,
): Tensor {
  checkOptions('batchNorm', options, OPTIONS, REQUIRED);
  expectDType('batchNorm', 'x', x, 'f32');
  const channels = x.shape.at(-1);
  if (!channels) throw new ShapeError('batchNorm: x: got a scalar, expected channels on the last axis');
  checkOptions('batchNorm running statistics', running, RUNNING, ['mean', 'variance']);
  const { mean, variance } = running;
  for (const [name, vector] of Object.entries({ gamma, beta, mean, variance })) {
    expectShape('batchNorm', `${name} for input ${show(x.shape)}`, vector, [channels]);
  }
  const { residual } = options;
  if (residual) expectShape('batchNorm', 'residual', residual, x.shape);
  const plan = planOf(x, channels);
  if (options.training && plan.rows === 1) {
    throw new Error(
      `batchNorm: training needs more than 1 value per channel (got input ${show(x.shape)}, whose variance is not ` +
        'defined). Use a larger batch or image, or evaluation mode.',
    );
  }
  const ACTIVATION = ACTIVATIONS.indexOf(options.activation);
  const y = empty(x.device, x.shape, 'f32', 'batchNorm');
  const statistics = empty(x.device, [2, channels], 'f32', 'batchNorm statistics');
  const operands = { x, gamma, beta, residual, statistics, running, y };
  if (options.training) normalizeBatch(operands, options, ACTIVATION, plan);
  else normalizeByRunning(operands, options, ACTIVATION, plan);
  const taped = differentiable(
    'batchNorm',
    y,
    residual ? [x, gamma, beta, residual] : [x, gamma, beta],
    (save) => {
      const saved = { x: save(x), statistics: save(statistics), gamma: save(gamma), beta: save(beta) };
      const flags = { ACTIVATION, TRAINING: options.training ? 1 : 0 };
      return (dy, slots, gradients) => [...gradients.batchNorm(dy, slots, saved, plan, flags), dy];
    },
  );
  // saved tensors stay allocated
  statistics.dispose();
  return taped;
}

export const batchNormInfo: OpInfo = {
  name: 'batchNorm',
  doc: 'batch normalization by channel with a fused activation',
  gradient:
    "dx = gamma rstd (dz - mean(dz) - xhat mean(dz xhat)), dgamma = sum(dz xhat), dbeta = sum(dz), with dz = dy f'(z)",
  // x is read for the statistics and again to normalize
  cost: (inputs, result) => ({ macs: 0, bytes: elementwiseCost([inputs[0] ?? [], ...inputs], result).bytes }),
};
