import * as kernels from '../../kernels/index.ts';
import { show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * The rows of `table` [V, ...] that `indices` (u32, any shape) name: [...indices.shape, ...row]. An index of
 * V or more gives a row of NaN, and no gradient, instead of memory that is not the table's. The gradient
 * is summed in a fixed order, so it is the same bits on every run.
 */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  const [rows, ...row] = table.shape;
  if (rows === undefined || table.dtype !== 'f32') {
    throw new Error(
      `gatherRows: table is ${table.dtype} ${show(table.shape)}, expected f32 of rank 1 or more`,
    );
  }
  if (indices.dtype !== 'u32')
    throw new Error(`gatherRows: indices are ${indices.dtype}, expected u32; cast them`);
  const width = table.size / rows;
  const y = empty(table.device, [...indices.shape, ...row], 'f32', 'gatherRows');
  table.device.dispatch(kernels.gatherRows, {
    label: 'gatherRows',
    bind: { table, indices, y },
    params: { rows, width, count: y.size },
    threads: y.size,
  });
  return differentiable('gatherRows', y, [table], (save) => {
    const saved = save(indices);
    return (dy, slots) => {
      const dtable = slots.output(0);
      dy.device.dispatch(kernels.gatherRowsGrad, {
        label: 'gatherRows gradient',
        bind: { indices: saved, dy, dtable },
        params: { indexCount: saved.size, width, count: dtable.size },
        threads: dtable.size,
      });
      return [dtable];
    };
  });
}

export const gatherInfo: OpInfo = {
  name: 'gatherRows',
  doc: 'rows of a table by their numbers',
  differentiable: true,
  cost: elementwiseCost,
};
