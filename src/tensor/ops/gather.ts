import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * Returns the rows of `table` [V, ...] at `indices` (u32, any shape): [...indices.shape, ...row]. An index of V or more
 * gives a row of NaN, and no gradient. The gradient is summed in a fixed order, so it has the same bits in every run.
 */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  expectDType('gatherRows', 'table', table, 'f32');
  expectDType('gatherRows', 'indices', indices, 'u32');
  const [rows, ...row] = table.shape;
  if (rows === undefined) throw new ShapeError('gatherRows: table: got a scalar, expected one or more axes');
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
      return [
        slots.fill(0, (dtable) => {
          dy.device.dispatch(kernels.gatherRowsGrad, {
            label: 'gatherRows gradient',
            bind: { indices: saved, dy, dtable },
            params: { indexCount: saved.size, width, count: dtable.size },
            threads: dtable.size,
          });
        }),
      ];
    };
  });
}

export const gatherInfo: OpInfo = {
  name: 'gatherRows',
  doc: 'selects rows of a table by index',
  gradient: 'dtable_r = sum of the dy rows whose index is r',
  cost: elementwiseCost,
};
