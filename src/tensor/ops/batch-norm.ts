import {
  boolean,
  checkOptions,
  finite,
  notNegative,
  type OptionRules,
  oneOf,
  tensorRule,
} from '../../gpu/check-options.ts';
import { fillWith } from '../accumulate.ts';
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
  /** weight of the batch in the running statistics, from 0 to 1; not used if they are averages over all batches */
  momentum: number;
  activation: Activation;
  /** added to the result; has the shape of x */
  residual?: Tensor | undefined;
}

const OPTIONS: OptionRules<BatchNormOptions> = {
  training: boolean,
  eps: notNegative,
  momentum: (v) => finite(v, 0, 1),
  activation: (v) => oneOf(v, ACTIVATIONS),
  residual: tensorRule,
};
const REQUIRED = ['training', 'eps', 'momentum', 'activation'] as const;

/** The statistics for normalization in evaluation mode. */
export interface RunningStatistics {
  /** [C], updated in place in training */
  mean: Tensor;
  /** [C], updated in place in training */
  variance: Tensor;
  /**
   * if given, mean and variance are averages over all batches, as with PyTorch's momentum None: the number of batches, [],
   * f32, increased by 1 in training
   */
  batches?: Tensor | null;
}

/**
 * Applies batch normalization over all axes but the last, and an activation, as one op:
 * y = act(gamma (x - mean) / sqrt(variance + eps) + beta) [+ residual] (Ioffe & Szegedy, ICML 2015).
 * A batch with non-finite statistics does not change the running ones, but is counted by `batches`.
 * @param gamma [C]; null for ones
 * @param beta [C]; null for zeros
 * @param running null if they are not kept, which is possible only in training
 * @throws Error when a vector does not have one number per channel, when the shape of the residual is not that of x, or in
 *   training when x has only one value per channel
 */
export function batchNorm(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  running: RunningStatistics | null,
  options: BatchNormOptions,
): Tensor {
  checkOptions('batchNorm', options, OPTIONS, REQUIRED);
  expectDType('batchNorm', 'x', x, 'f32');
  const channels = x.shape.at(-1);
  if (!channels) throw new ShapeError('batchNorm: x: got a scalar, expected channels on the last axis');
  const { residual, training } = options;
  const none = training ? null : undefined;
  const { mean, variance, batches } = running ?? { mean: none, variance: none };
  for (const [name, vector] of Object.entries({ gamma, beta, mean, variance })) {
    if (vector === null) continue;
    expectShape('batchNorm', `${name} for input ${show(x.shape)}`, vector as Tensor, [channels]);
  }
  if (batches) expectShape('batchNorm', 'batches', batches, []);
  if (residual) expectShape('batchNorm', 'residual', residual, x.shape);
  const plan = planOf(x, channels);
  if (training && plan.rows === 1) {
    throw new Error(
      `batchNorm: training needs more than 1 value per channel (got input ${show(x.shape)}, whose variance is not ` +
        'defined). Use a larger batch or image, or evaluation mode.',
    );
  }
  const ACTIVATION = ACTIVATIONS.indexOf(options.activation);
  const y = empty(x.device, x.shape, 'f32', 'batchNorm');
  const statistics = empty(x.device, [2, channels], 'f32', 'batchNorm statistics');
  const temporary = [statistics];
  const filled = (value: number) => {
    const vector = empty(x.device, [channels], 'f32', 'batchNorm');
    temporary.push(vector);
    fillWith(vector, value);
    return vector;
  };
  const scale = gamma ?? filled(1);
  const shift = beta ?? filled(0);
  const written = running ?? { mean: filled(0), variance: filled(0) };
  const operands = { x, gamma: scale, beta: shift, residual, statistics, running: written, y };
  if (training) normalizeBatch(operands, options, ACTIVATION, plan);
  else normalizeByRunning(operands, options, ACTIVATION, plan);
  const taped = differentiable(
    'batchNorm',
    y,
    residual ? [x, scale, shift, residual] : [x, scale, shift],
    (save) => {
      const saved = { x: save(x), statistics: save(statistics), gamma: save(scale), beta: save(shift) };
      const flags = { ACTIVATION, TRAINING: training ? 1 : 0 };
      return (dy, slots, gradients) => [...gradients.batchNorm(dy, slots, saved, plan, flags), dy];
    },
  );
  // saved tensors stay allocated
  for (const vector of temporary) vector.dispose();
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
