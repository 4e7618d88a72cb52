import type { Device } from '../../gpu/device.ts';
import * as kernels from '../../kernels/index.ts';
import { flatLanes } from '../accumulate.ts';
import { empty, type Tensor } from '../tensor.ts';
import { narrowLanes } from './narrow-subgroups.ts';

/**
 * Threads that a reduction over rows is cut for. A GPU wants thousands; a software adapter (narrow subgroups) only
 * enough for its few cores. Depends on shapes and the device alone, so that the order of addition, and with it every
 * bit, is the same on every run.
 */
function reductionThreads(device: Device): number {
  return narrowLanes(device) > 0 ? 200 : 2048;
}

/**
 * Cuts `rows` into chunks of at least `fewest` rows, so that enough threads have work. On narrow subgroups, where the
 * second dispatch costs as much as some hundred rows, of at least `fewestNarrow`.
 */
export function splitRows(
  device: Device,
  rows: number,
  threadsPerChunk: number,
  fewest: number,
  fewestNarrow = fewest,
): { chunks: number; chunkRows: number } {
  const wanted = Math.max(1, Math.floor(reductionThreads(device) / threadsPerChunk));
  const chunkRows = Math.max(narrowLanes(device) > 0 ? fewestNarrow : fewest, Math.ceil(rows / wanted));
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
