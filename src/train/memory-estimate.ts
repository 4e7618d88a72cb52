import { DeviceLimitError, GpuOutOfMemoryError } from '../gpu/errors.ts';
import { mebibytes } from '../text/format.ts';
import type { Classifier } from './classifier.ts';
import { estimateStep, type TrainingStepOptions } from './training-step.ts';

/** What a training step takes of a device's memory, found without taking it. */
export interface TrainingMemory {
  /** of one step, weights, gradients and the optimizer's moments included */
  bytes: number;
  /** the largest tensor, and what the device binds at most */
  largest: { bytes: number; label: string };
  /** most bytes that the device binds as one tensor */
  limit: number;
  /** whether the largest tensor is within the limit; how much there is in all, WebGPU does not tell */
  fits: boolean;
}

/**
 * Counts what a training step would take, without allocating it.
 * @throws Error for options that do not fit the model
 */
export function estimateMemory(model: Classifier, options: TrainingStepOptions): TrainingMemory {
  const { device } = model;
  const { bytes, largest } = estimateStep(model, options);
  const limit = device.limits.maxStorageBufferBindingSize;
  return { bytes: device.memory().gpuBytes + bytes, largest, limit, fits: largest.bytes <= limit };
}

/**
 * The most pictures that a step may take at once: those of which the largest tensor is within the device's limit, and,
 * where `budget` is given, which take no more bytes than that. 0 where not even two are.
 */
export function largestBatch(
  model: Classifier,
  options: TrainingStepOptions,
  budget = Number.POSITIVE_INFINITY,
): number {
  const isFine = (batch: number) => {
    const { fits, bytes } = estimateMemory(model, { ...options, batch, accumulate: 1 });
    return fits && bytes <= budget;
  };
  let low = 1; // two is the least: batch norm
  let high = options.batch + 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isFine(middle)) low = middle;
    else high = middle;
  }
  return low < 2 ? 0 : low;
}

/** The error for a step that did not fit, with the batch that would. */
export function withAdvice(error: unknown, model: Classifier, options: TrainingStepOptions): unknown {
  const isLimit = error instanceof DeviceLimitError;
  if (!isLimit && !(error instanceof GpuOutOfMemoryError)) return error;
  const { batch, accumulate = 1, side } = options;
  const { bytes, largest, limit } = estimateMemory(model, options);
  // how much there is, only failing tells: half of what failed is the next to try
  const fitting = largestBatch(model, options, isLimit ? undefined : bytes / 2);
  const parts = fitting < 2 ? 0 : partsOf(batch, fitting);
  const most = isLimit
    ? `its largest tensor (${largest.label}) ${mebibytes(largest.bytes)}, and this device binds at most ${mebibytes(limit)}`
    : `${mebibytes(bytes)} in all, which this device has not`;
  const way =
    parts === 0
      ? 'not even two pictures fit; use a smaller side'
      : `a batch of ${fitting} ${isLimit ? 'would fit' : 'needs half of that'}` +
        (parts > accumulate ? `, or this one in ${parts} parts (accumulate ${parts})` : '');
  const message = `a step of ${batch} pictures of ${side} x ${side} pixels needs ${isLimit ? `for ${most}` : most}; ${way}`;
  const Kind = isLimit ? DeviceLimitError : GpuOutOfMemoryError;
  return new Kind(message, { cause: error });
}

/** The fewest equal parts of a batch that hold no more than `most` pictures; 0 for none of two or more. */
function partsOf(batch: number, most: number): number {
  for (let parts = 1; batch / parts >= 2; parts++) {
    if (batch % parts === 0 && batch / parts <= most) return parts;
  }
  return 0;
}
