import { DeviceLimitError, estimateMemory, type FerMobileNetV3, largestBatch } from 'feathergrad';

/** Whether a step fits this GPU, before anything is compiled. @throws DeviceLimitError with the batch that would do */
export function requireRoom(model: FerMobileNetV3, step: Parameters<typeof estimateMemory>[1]): void {
  const { fits, largest, limit } = estimateMemory(model, step);
  if (fits) return;
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20).toLocaleString('en-GB')} MiB`;
  const most = largestBatch(model, step);
  const way = most > 0 ? `A batch of ${most} would fit.` : 'Take a smaller input side.';
  throw new DeviceLimitError(
    `A batch of ${step.batch} at ${step.side} × ${step.side} needs ${mebibytes(largest.bytes)} in one piece, ` +
      `this GPU takes ${mebibytes(limit)} at most. ${way}`,
  );
}
