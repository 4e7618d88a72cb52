import {
  boolean,
  checkOptions,
  finite,
  type OptionRules,
  oneOf,
  tensorRule,
} from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType, expectShape } from '../expect.ts';
import { show } from '../shape.ts';
import { differentiable, type GradientSlots, recomputation } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { choose } from './choose.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { chunkVariants, splitRows } from './partial-sums.ts';

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

/** Minimum rows per thread of a reduction: the default, and the value for devices with costly dispatches. */
const CHUNK = [8, 256] as const;

/** Maximum rows per thread in a pass over all values, and the minimum number of threads. */
const APPLY_ROWS = 16;
const APPLY_THREADS = 8192;

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
  const overrides = { ACTIVATION: ACTIVATIONS.indexOf(options.activation) };
  const statistics = statisticsOf(x, running, options, plan);
  const y = empty(x.device, x.shape, 'f32', 'batchNorm');
  x.device.dispatch(kernels.batchNormApply, {
    label: 'batchNorm',
    bind: { x, statistics, gamma, beta, y, residual: residual ?? x },
    params: plan.apply,
    overrides: { ...overrides, RESIDUAL: residual ? 1 : 0 },
    defines: plan.defines,
    threads: plan.apply.count,
  });
  const taped = differentiable(
    'batchNorm',
    y,
    residual ? [x, gamma, beta, residual] : [x, gamma, beta],
    (save) => {
      const saved = { x: save(x), statistics: save(statistics), gamma: save(gamma), beta: save(beta) };
      const flags = { ...overrides, TRAINING: options.training ? 1 : 0 };
      return (dy, slots, gradients) => [...gradients.batchNorm(dy, slots, saved, plan, flags), dy];
    },
  );
  // saved tensors stay allocated
  statistics.dispose();
  return taped;
}

interface Plan {
  rows: number;
  channels4: number;
  chunks: number;
  chunkRows: number;
  /** parameters of a pass over all values */
  apply: { rows: number; channels4: number; chunkRows: number; count: number };
  defines: Readonly<Record<string, string>>;
}

function planOf(x: Tensor, channels: number): Plan {
  const rows = x.size / channels;
  const { count4: channels4, defines } = inVec4(channels);
  const applyRows = Math.min(APPLY_ROWS, Math.max(1, Math.floor((rows * channels4) / APPLY_THREADS)));
  const count = Math.ceil(rows / applyRows) * channels4;
  return {
    rows,
    channels4,
    ...splitRows(x.device, rows, channels4, ...CHUNK),
    apply: { rows, channels4, chunkRows: applyRows, count },
    defines,
  };
}

/** Returns mean and 1 / standard deviation, [2, C]. */
function statisticsOf(x: Tensor, running: RunningStatistics, options: BatchNormOptions, plan: Plan): Tensor {
  const { device } = x;
  const channels = running.mean.size;
  const { rows, channels4, chunks, chunkRows, defines } = plan;
  const { eps } = options;
  // with momentum 0 the running statistics keep their bits: the first run of a checkpoint has updated them
  const momentum = recomputation.run?.repeats ? 0 : options.momentum;
  const statistics = empty(device, [2, channels], 'f32', 'batchNorm statistics');
  const bind = { statistics, runningMean: running.mean, runningVariance: running.variance };
  if (!options.training) {
    device.dispatch(kernels.batchNormRunning, {
      label: 'batchNorm statistics',
      bind,
      params: { channels, eps },
      threads: channels,
    });
    return statistics;
  }
  const count = chunks * channels4;
  if (chunks === 1) {
    device.dispatch(kernels.batchNormMoments, {
      label: 'batchNorm statistics',
      bind: { x, partial: statistics, runningMean: running.mean, runningVariance: running.variance },
      params: { rows, channels4, chunkRows, count, eps, momentum },
      overrides: { WHOLE: 1 },
      defines,
      threads: count,
    });
    return statistics;
  }
  const partial = empty(device, [2, chunks, channels], 'f32', 'batchNorm moments');
  // the kernel binds the running statistics, but does not access them
  device.dispatch(kernels.batchNormMoments, {
    label: 'batchNorm moments',
    bind: { x, partial, runningMean: running.mean, runningVariance: running.variance },
    params: { rows, channels4, chunkRows, count, eps, momentum },
    overrides: { WHOLE: 0 },
    defines,
    threads: count,
  });
  device.dispatch(kernels.batchNormStatistics, {
    label: 'batchNorm statistics',
    bind: { partial, ...bind },
    params: { rows, channels4, chunkRows, chunks, eps, momentum },
    defines,
    threads: channels4,
  });
  partial.dispose();
  return statistics;
}

/** Computes the gradients of x, gamma and beta; called through `ops/gradients.ts`. */
export function batchNormGradients(
  dy: Tensor,
  slots: GradientSlots,
  saved: { x: Tensor; statistics: Tensor; gamma: Tensor; beta: Tensor },
  plan: Plan,
  overrides: { ACTIVATION: number; TRAINING: number },
): (Tensor | null)[] {
  const { device } = dy;
  const { rows, channels4, defines } = plan;
  const channels = saved.gamma.size;
  const { ACTIVATION } = overrides;
  const dgamma = slots.output(1);
  const dbeta = slots.output(2);
  const sums = (chunkRows: number) => {
    const chunks = Math.ceil(rows / chunkRows);
    const isWhole = chunks === 1;
    const partial = isWhole ? dbeta : empty(device, [chunks, 2, channels], 'f32', 'batchNorm gradient sums');
    const threads = chunks * channels4;
    device.dispatch(kernels.batchNormGradPartial, {
      label: 'batchNorm gradient sums',
      bind: { ...saved, dy, partial, dgamma },
      params: { rows, channels4, chunkRows, count: threads },
      overrides: { ACTIVATION, WHOLE: isWhole ? 1 : 0 },
      defines,
      threads,
    });
    if (isWhole) return;
    device.dispatch(kernels.batchNormGradSum, {
      label: 'batchNorm gradient sums',
      bind: { partial, dgamma, dbeta },
      params: { channels4, chunks },
      defines,
      threads: channels4,
    });
  };
  choose(
    dbeta,
    'batchNormGradSums',
    [rows, channels],
    () => sums(plan.chunkRows),
    () => chunkVariants('chunks', rows, sums),
  );
  if (!slots.wants(0)) return [null, dgamma, dbeta];
  const dx = slots.output(0);
  device.dispatch(kernels.batchNormGradInput, {
    label: 'batchNorm gradient by input',
    bind: { ...saved, dy, dgamma, dbeta, dx },
    params: plan.apply,
    overrides,
    defines,
    threads: plan.apply.count,
  });
  return [dx, dgamma, dbeta];
}

export const batchNormInfo: OpInfo = {
  name: 'batchNorm',
  doc: 'batch normalization by channel with a fused activation',
  gradient:
    "dx = gamma rstd (dz - mean(dz) - xhat mean(dz xhat)), dgamma = sum(dz xhat), dbeta = sum(dz), with dz = dy f'(z)",
  // x is read for the statistics and again to normalize
  cost: (inputs, result) => ({ macs: 0, bytes: elementwiseCost([inputs[0] ?? [], ...inputs], result).bytes }),
};
