import * as kernels from '../../kernels/index.ts';
import { type GradientSlots, recomputation } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import type { BatchNormOptions, RunningStatistics } from './batch-norm.ts';
import { choose } from './choose.ts';
import { splitRows } from './partial-sums.ts';

/**
 * The dispatches of batch norm. In training, one dispatch per direction does everything if the batch has few enough rows:
 * the threads of a workgroup reduce and normalize a few channels. With more rows the statistics are reduced in chunks, in two
 * dispatches, and a third one normalizes.
 */

/** Minimum rows per thread of a reduction: the default, and the value for devices with costly dispatches. */
const CHUNK = [8, 256] as const;

/** Maximum rows per thread in a pass over all values, and the minimum number of threads. */
const APPLY_ROWS = 16;
const APPLY_THREADS = 8192;

/**
 * Vecs of channels per workgroup, and the number of workgroups that is more important: the default, and the value for devices
 * with costly dispatches. Without them, one dispatch of fewer workgroups treats at most LITTLE_WORK Vecs.
 */
const MOST_ACROSS = 4;
const WORKGROUPS = [16, 4] as const;
const LITTLE_WORK = 6000;

/** Sizes of a batch norm. */
export interface BatchNormPlan {
  rows: number;
  channels4: number;
  /** rows per chunk of the reduction */
  chunkRows: number;
  /** Vecs of channels per workgroup if one dispatch does everything; 0 if there are too many rows */
  across: number;
  /** parameters of a pass over all values */
  apply: { rows: number; channels4: number; chunkRows: number; count: number };
  defines: Readonly<Record<string, string>>;
}

/** Plans the batch norm of x, whose last axis has `channels` channels. */
export function planOf(x: Tensor, channels: number): BatchNormPlan {
  const rows = x.size / channels;
  const { count4: channels4, defines } = inVec4(channels);
  const applyRows = Math.min(APPLY_ROWS, Math.max(1, Math.floor((rows * channels4) / APPLY_THREADS)));
  const count = Math.ceil(rows / applyRows) * channels4;
  const { batchNorm, hasCostlyDispatches } = x.device.tuning;
  const least = WORKGROUPS[hasCostlyDispatches ? 1 : 0];
  const isStarving = !hasCostlyDispatches && channels4 < least && rows * channels4 > LITTLE_WORK;
  let across = rows <= batchNorm.mostRows && !isStarving ? 1 : 0;
  while (across > 0 && across < MOST_ACROSS && 2 * across * least <= channels4) across *= 2;
  return {
    rows,
    channels4,
    chunkRows: splitRows(x.device, rows, channels4, ...CHUNK).chunkRows,
    across,
    apply: { rows, channels4, chunkRows: applyRows, count },
    defines,
  };
}

/** Tensors of the forward pass; `statistics` and `y` are written, and in training `running`. */
export interface BatchNormOperands {
  x: Tensor;
  gamma: Tensor;
  beta: Tensor;
  residual: Tensor | undefined;
  /** mean and 1 / standard deviation, [2, C] */
  statistics: Tensor;
  running: RunningStatistics;
  y: Tensor;
}

/** Normalizes by the statistics of the batch and updates the running ones. */
export function normalizeBatch(
  operands: BatchNormOperands,
  options: BatchNormOptions,
  ACTIVATION: number,
  plan: BatchNormPlan,
): void {
  const { rows, channels4, across, defines } = plan;
  const { x, gamma, beta, residual, statistics, running, y } = operands;
  const { device } = x;
  const { batches } = running;
  // with momentum 0 the running statistics keep their bits: the first run of a checkpoint has updated them
  const momentum = recomputation.run?.repeats ? 0 : batches ? 1 : options.momentum;
  const rates = { eps: options.eps, momentum };
  const written = { statistics, runningMean: running.mean, runningVariance: running.variance };
  const inChunks = (chunkRows: number) => {
    const chunks = Math.ceil(rows / chunkRows);
    const partial = empty(device, [2, chunks, gamma.size], 'f32', 'batchNorm moments');
    const count = chunks * channels4;
    device.dispatch(kernels.batchNormMoments, {
      label: 'batchNorm moments',
      bind: { x, partial },
      params: { rows, channels4, chunkRows, count },
      defines,
      threads: count,
    });
    device.dispatch(kernels.batchNormStatistics, {
      label: 'batchNorm statistics',
      bind: { partial, ...written, ...(batches && { batches }) },
      params: { rows, channels4, chunkRows, chunks, ...rates },
      defines: batches ? { ...defines, CUMULATIVE: 1 } : defines,
      threads: channels4,
    });
    partial.dispose();
    if (batches) {
      device.dispatch(kernels.countBatch, {
        label: 'batchNorm statistics',
        bind: { batches },
        params: { momentum },
        workgroups: [1, 1, 1],
      });
    }
    apply(operands, ACTIVATION, plan);
  };
  const inWorkgroups = (across: number) =>
    device.dispatch(kernels.batchNormGroup, {
      label: 'batchNorm',
      bind: { x, gamma, beta, y, residual: residual ?? x, ...written },
      params: { rows, channels4, across, ...rates },
      overrides: { ACTIVATION, RESIDUAL: residual ? 1 : 0 },
      defines: { ...defines, THREADS: device.tuning.batchNorm.threads },
      workgroups: [Math.ceil(channels4 / across), 1, 1],
    });
  if (batches) inChunks(plan.chunkRows);
  else
    choose(
      y,
      'batchNorm',
      [rows, gamma.size],
      () => (across > 0 ? inWorkgroups(across) : inChunks(plan.chunkRows)),
      (forward) => forward.batchNormVariants(device, rows, inChunks, inWorkgroups),
    );
}

/** Normalizes by the running statistics. */
export function normalizeByRunning(
  operands: BatchNormOperands,
  { eps }: BatchNormOptions,
  ACTIVATION: number,
  plan: BatchNormPlan,
): void {
  const { statistics, running, gamma } = operands;
  gamma.device.dispatch(kernels.batchNormRunning, {
    label: 'batchNorm statistics',
    bind: { statistics, runningMean: running.mean, runningVariance: running.variance },
    params: { channels: gamma.size, eps },
    threads: gamma.size,
  });
  apply(operands, ACTIVATION, plan);
}

function apply(
  { x, statistics, gamma, beta, residual, y }: BatchNormOperands,
  ACTIVATION: number,
  plan: BatchNormPlan,
): void {
  x.device.dispatch(kernels.batchNormApply, {
    label: 'batchNorm',
    bind: { x, statistics, gamma, beta, y, residual: residual ?? x },
    params: plan.apply,
    overrides: { ACTIVATION, RESIDUAL: residual ? 1 : 0 },
    defines: plan.defines,
    threads: plan.apply.count,
  });
}

/** Computes the gradients of x, gamma and beta; called through `ops/gradients.ts`. */
export function batchNormGradients(
  dy: Tensor,
  slots: GradientSlots,
  saved: { x: Tensor; statistics: Tensor; gamma: Tensor; beta: Tensor },
  plan: BatchNormPlan,
  overrides: { ACTIVATION: number; TRAINING: number },
): (Tensor | null)[] {
  const { device } = dy;
  const { rows, channels4, across, defines } = plan;
  const dgamma = slots.output(1);
  const dbeta = slots.output(2);
  const sums = (chunkRows: number) => {
    const chunks = Math.ceil(rows / chunkRows);
    const partial = empty(device, [chunks, 2, saved.gamma.size], 'f32', 'batchNorm gradient sums');
    const threads = chunks * channels4;
    device.dispatch(kernels.batchNormGradPartial, {
      label: 'batchNorm gradient sums',
      bind: { ...saved, dy, partial },
      params: { rows, channels4, chunkRows, count: threads },
      overrides: { ACTIVATION: overrides.ACTIVATION },
      defines,
      threads,
    });
    device.dispatch(kernels.batchNormGradSum, {
      label: 'batchNorm gradient sums',
      bind: { partial, dgamma, dbeta },
      params: { channels4, chunks },
      defines,
      threads: channels4,
    });
  };
  if (!slots.wants(0)) {
    sums(plan.chunkRows);
    return [null, dgamma, dbeta];
  }
  const dx = slots.output(0);
  const bind = { ...saved, dy, dgamma, dbeta, dx };
  const inChunks = (chunkRows: number) => {
    sums(chunkRows);
    device.dispatch(kernels.batchNormGradInput, {
      label: 'batchNorm gradient by input',
      bind,
      params: plan.apply,
      overrides,
      defines,
      threads: plan.apply.count,
    });
  };
  const inWorkgroups = (across: number) =>
    device.dispatch(kernels.batchNormGradGroup, {
      label: 'batchNorm gradient',
      bind,
      params: { rows, channels4, across },
      overrides,
      defines: { ...defines, THREADS: device.tuning.batchNorm.threads },
      workgroups: [Math.ceil(channels4 / across), 1, 1],
    });
  choose(
    dx,
    'batchNormGrad',
    [rows, saved.gamma.size],
    () => (across > 0 ? inWorkgroups(across) : inChunks(plan.chunkRows)),
    (forward) => forward.batchNormVariants(device, rows, inChunks, inWorkgroups),
  );
  return [dx, dgamma, dbeta];
}
