import type { Device } from '../../gpu/device.ts';
import * as kernels from '../../kernels/index.ts';
import { flatLanes } from '../accumulate.ts';
import { empty, type Tensor } from '../tensor.ts';

/**
 * Cuts `rows` into chunks of at least `fewest` rows (`fewestCostly` where a second dispatch is costly), so that enough
 * threads have work. Depends on shapes and the device alone, so that the order of addition, and with it every bit, is the
 * same on every run.
 */
export function splitRows(
  device: Device,
  rows: number,
  threadsPerChunk: number,
  fewest: number,
  fewestCostly = fewest,
): { chunks: number; chunkRows: number } {
  const wanted = Math.max(1, Math.floor(device.tuning.reductionThreads / threadsPerChunk));
  const chunkRows = Math.max(
    device.tuning.hasCostlyDispatches ? fewestCostly : fewest,
    Math.ceil(rows / wanted),
  );
  return { chunks: Math.ceil(rows / chunkRows), chunkRows };
}

/** y = sum over the first axis of partial [chunks, ...y's shape]. */
export function sumPartials(label: string, partial: Tensor, y: Tensor, chunks: number): void {
  const { count, substitute } = flatLanes(y.size);
  y.device.dispatch(kernels.sumPartials, {
    label,
    bind: { partial, y },
    params: { chunks, count },
    substitute,
    threads: count,
  });
}

/** y [columns] = sum over the rows of x [rows, columns]: the gradient of a bias. */
export function columnSum(label: string, x: Tensor, y: Tensor): void {
  const columns = y.size;
  const rows = x.size / columns;
  const { count: lanes, substitute } = flatLanes(columns);
  const { chunks, chunkRows } = splitRows(y.device, rows, lanes, 16, 256);
  const partial = chunks === 1 ? y : empty(y.device, [chunks, columns], 'f32', `${label}: partial sums`);
  const count = chunks * lanes;
  const params = { rows, lanes, chunkRows, count };
  y.device.dispatch(kernels.columnSumPartial, {
    label,
    bind: { x, partial },
    params,
    substitute,
    threads: count,
  });
  if (partial !== y) sumPartials(label, partial, y, chunks);
}
