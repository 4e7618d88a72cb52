import { checkValue, having } from '../gpu/check-options.ts';
import { DeviceLimitError, GpuOutOfMemoryError } from '../gpu/errors.ts';
import { type MemoryEstimate, plannedBytes } from '../gpu/estimate.ts';
import { expectModule } from '../layers/expect-module.ts';
import { scope } from '../tensor/scope.ts';
import { mebibytes } from '../text/format.ts';
import type { Classifier } from './classifier.ts';
import { closeInput, openInput } from './step-input.ts';
import { recordPart, recordUpdate } from './step-recording.ts';
import type { TrainingStepOptions } from './training-step.ts';

/** Memory requirements of a training step, computed without allocating it. */
export interface TrainingMemory {
  /** total bytes of one step, including weights, gradients and the moments of the optimizer */
  bytes: number;
  /** the largest tensor */
  largest: { bytes: number; label: string };
  /** maximum bytes of a tensor on this device */
  limit: number;
  /** whether the largest tensor is within the limit; WebGPU does not report the total memory */
  fits: boolean;
}

/**
 * Returns the memory that a training step would need, without allocating it.
 * @throws Error when the options do not fit the model
 */
export function estimateMemory(model: Classifier, options: TrainingStepOptions): TrainingMemory {
  expectModule('estimateMemory', model);
  const { device } = model;
  const { bytes, largest } = estimateStep(model, options);
  const limit = device.limits.maxStorageBufferBindingSize;
  return { bytes: device.memory().gpuBytes + bytes, largest, limit, fits: largest.bytes <= limit };
}

/**
 * Returns the largest batch whose largest tensor is within the limit of the device and whose total is within `budget`
 * bytes (default: no budget); 0 if not even two images fit.
 */
export function largestBatch(
  model: Classifier,
  options: TrainingStepOptions,
  budget = Number.POSITIVE_INFINITY,
): number {
  expectModule('largestBatch', model);
  checkValue('largestBatch', 'options', options, (value) => having(value, 'loss', 'an object with a loss'));
  const isFine = (batch: number) => {
    const { fits, bytes } = estimateMemory(model, { ...options, batch, accumulate: 1 });
    return fits && bytes <= budget;
  };
  let low = 1; // batch norm needs two images
  let high = options.batch + 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isFine(middle)) low = middle;
    else high = middle;
  }
  return low < 2 ? 0 : low;
}

/**
 * Checks that the largest tensor of a training step fits on the device, before anything is compiled or allocated.
 * @throws DeviceLimitError with a batch size that would fit
 */
export function requireRoom(model: Classifier, options: TrainingStepOptions): void {
  const memory = estimateMemory(model, options);
  if (!memory.fits) throw new DeviceLimitError(limitMessage(model, options, memory));
}

/** Adds a batch size that would fit to an out-of-memory error; returns any other error unchanged. */
export function withAdvice(error: unknown, model: Classifier, options: TrainingStepOptions): unknown {
  const isLimit = error instanceof DeviceLimitError;
  if (!isLimit && !(error instanceof GpuOutOfMemoryError)) return error;
  const memory = estimateMemory(model, options);
  if (isLimit) return new DeviceLimitError(limitMessage(model, options, memory), { cause: error });
  // the available memory is unknown, so the suggestion is half of the batch that failed
  const fitting = largestBatch(model, options, memory.bytes / 2);
  const message =
    `${stepInWords(options)} needs ${mebibytes(memory.bytes)} in total, more than this device has. ` +
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

/** Returns the advice that makes a step fit. */
function way({ batch, accumulate = 1 }: TrainingStepOptions, fitting: number, verb: string): string {
  const parts = fitting < 2 ? 0 : partsOf(batch, fitting);
  if (parts === 0) return 'Not even two images fit. Use a smaller side.';
  const split = parts > accumulate ? `, or this one in ${parts} parts (accumulate ${parts})` : '';
  return `A batch of ${fitting} ${verb}${split}.`;
}

/** Returns the smallest number of equal parts with at most `most` images each; 0 if not even two images fit. */
function partsOf(batch: number, most: number): number {
  for (let parts = 1; batch / parts >= 2; parts++) {
    if (batch % parts === 0 && batch / parts <= most) return parts;
  }
  return 0;
}

/** Estimates the memory of a recorded step, or of one part of it, without allocating it. */
function estimateStep(model: Classifier, options: TrainingStepOptions): MemoryEstimate {
  const input = openInput(model, options);
  try {
    return model.device.estimate(
      () =>
        scope(() => {
          model.zeroGrad();
          recordPart(model, options, input);
          recordUpdate(model, options, input);
        }),
      plannedBytes,
    );
  } finally {
    model.zeroGrad();
    closeInput(input);
  }
}
