import type { Variants } from '../../gpu/choices.ts';
import type { Device } from '../../gpu/device.ts';
import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { choose } from './choose.ts';

/**
 * Splits `rows` into chunks of at least `fewest` rows (`fewestCostly` where dispatches are costly), so that enough
 * threads have work. The result depends only on shapes and the device, so the order of addition, and therefore every
 * bit, is the same in every run.
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

/** Computes y = the sum of partial [chunks, ...y's shape] over its first axis. */
export function sumPartials(label: string, partial: Tensor, y: Tensor, chunks: number): void {
  const { count4: count, defines } = inVec4(y.size);
  y.device.dispatch(kernels.sumPartials, {
    label,
    bind: { partial, y },
    params: { chunks, count },
    defines,
    threads: count,
  });
}

/** Returns variants of a sum over `rows` that differ in the number of chunks: `name` followed by 1, 4, 16, ... */
export function chunkVariants(name: string, rows: number, run: (chunkRows: number) => void): Variants {
  const variants: Record<string, () => void> = {};
  for (let chunks = 1; chunks <= Math.min(rows, 1024); chunks *= 4) {
    variants[`${name}${chunks}`] = () => run(Math.ceil(rows / chunks));
  }
  return variants;
}

/** Computes y [columns] = the sum over the rows of x [rows, columns], the gradient of a bias. */
export function columnSum(label: string, x: Tensor, y: Tensor): void {
  const columns = y.size;
  const rows = x.size / columns;
  const { count4: columns4, defines } = inVec4(columns);
  const run = (chunkRows: number) => {
    const chunks = Math.ceil(rows / chunkRows);
    const partial = chunks === 1 ? y : empty(y.device, [chunks, columns], 'f32', `${label}: partial sums`);
    const count = chunks * columns4;
    y.device.dispatch(kernels.columnSumPartial, {
      label,
      bind: { x, partial },
      params: { rows, columns4, chunkRows, count },
      defines,
      threads: count,
    });
    if (partial !== y) sumPartials(label, partial, y, chunks);
  };
  choose(
    y,
    'columnSum',
    [rows, columns],
    () => run(splitRows(y.device, rows, columns4, 16, 256).chunkRows),
    () => chunkVariants('chunks', rows, run),
  );
}
