import { DeviceLimitError, GpuOutOfMemoryError } from '../gpu/errors.ts';
import { mebibytes } from '../text/format.ts';
import { type Classifier, expectModule } from './classifier.ts';
import { estimateStep, type TrainingStepOptions } from './training-step.ts';

/** Memory that a training step needs, found without allocating it. */
export interface TrainingMemory {
  /** for one step, including weights, gradients and the optimizer's moments */
  bytes: number;
  /** the largest tensor */
  largest: { bytes: number; label: string };
  /** bytes of the largest tensor that the device supports */
  limit: number;
  /** whether the largest tensor is within the limit; WebGPU does not report how much memory there is in all */
  fits: boolean;
}

/**
 * Returns the memory that a training step would need, without allocating it.
 * @throws Error for options that do not fit the model
 */
export function estimateMemory(model: Classifier, options: TrainingStepOptions): TrainingMemory {
  expectModule('estimateMemory', model);
  const { device } = model;
  const { bytes, largest } = estimateStep(model, options);
  const limit = device.limits.maxStorageBufferBindingSize;
  return { bytes: device.memory().gpuBytes + bytes, largest, limit, fits: largest.bytes <= limit };
}

/**
 * Returns the largest batch whose largest tensor is within the device's limit and, if `budget` is given, that needs at
 * most that many bytes in all; 0 if not even two images fit.
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
  let low = 1; // batch norm needs two
  let high = options.batch + 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isFine(middle)) low = middle;
    else high = middle;
  }
  return low < 2 ? 0 : low;
}

/**
 * Checks that a training step fits the device's largest buffer, before anything is compiled or allocated.
 * @throws DeviceLimitError with the batch that would fit
 */
export function requireRoom(model: Classifier, options: TrainingStepOptions): void {
  const memory = estimateMemory(model, options);
  if (!memory.fits) throw new DeviceLimitError(limitMessage(model, options, memory));
}

/** Returns the error for a step that did not fit, with the batch that would; any other error as it is. */
export function withAdvice(error: unknown, model: Classifier, options: TrainingStepOptions): unknown {
  const isLimit = error instanceof DeviceLimitError;
  if (!isLimit && !(error instanceof GpuOutOfMemoryError)) return error;
  const memory = estimateMemory(model, options);
  if (isLimit) return new DeviceLimitError(limitMessage(model, options, memory), { cause: error });
  // available memory is unknown until an allocation fails: half of what failed is the next to try
  const fitting = largestBatch(model, options, memory.bytes / 2);
  const message =
    `${stepInWords(options)} needs ${mebibytes(memory.bytes)} in all, more than this device has. ` +
    way(options, fitting, 'needs half of that');
  return new GpuOutOfMemoryError(message, { cause: error });
}

function limitMessage(
  model: Classifier,
  options: TrainingStepOptions,
  { largest, limit }: TrainingMemory,
): string {
  return (
    `${stepInWords(options)} needs ${mebibytes(largest.bytes)} for its largest tensor (${largest.label}), and this ` +
    `device allows at most ${mebibytes(limit)}. ${way(options, largestBatch(model, options), 'would fit')}`
  );
}

const stepInWords = ({ batch, side }: TrainingStepOptions): string =>
  `a step of ${batch} images of ${side} x ${side} pixels`;

/** What to change so that a step fits. */
function way({ batch, accumulate = 1 }: TrainingStepOptions, fitting: number, verb: string): string {
  const parts = fitting < 2 ? 0 : partsOf(batch, fitting);
  if (parts === 0) return 'Not even two images fit; use a smaller side.';
  const split = parts > accumulate ? `, or this one in ${parts} parts (accumulate ${parts})` : '';
  return `A batch of ${fitting} ${verb}${split}.`;
}

/** The fewest equal parts of a batch with at most `most` images each; 0 if no part of two or more fits. */
function partsOf(batch: number, most: number): number {
  for (let parts = 1; batch / parts >= 2; parts++) {
    if (batch % parts === 0 && batch / parts <= most) return parts;
  }
  return 0;
}
