import { boolean, checkValue, integer } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { linesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { scatterInto } from './gather-axis.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * Returns the k largest elements along an axis (default the last) and their indices (u32), sorted, like torch.topk;
 * with `largest` false the k smallest. Among equal elements, the one with the lower index comes first. NaN counts as
 * the largest number. The axis is read k times, which suits a small k. Only the values have a gradient.
 * @throws RangeError unless k is from 1 to the length of the axis
 */
export function topk(x: Tensor, k: number, axis = -1, largest = true): { values: Tensor; indices: Tensor } {
  expectDType('topk', 'x', x, 'f32');
  checkValue('topk', 'largest', largest, boolean);
  const { at, outer, length, inner } = linesOf('topk', x.shape, axis);
  checkValue('topk', 'k', k, (value) => integer(value, 1, length));
  const shape = x.shape.map((n, other) => (other === at ? k : n));
  const values = empty(x.device, shape, 'f32', 'topk');
  const indices = empty(x.device, shape, 'u32', 'topk');
  const lines = outer * inner;
  x.device.dispatch(kernels.topK, {
    label: 'topk',
    bind: { x, values, indices },
    params: { length, inner, k, lines },
    overrides: { SMALLEST: largest ? 0 : 1 },
    threads: 64 * lines,
  });
  const taped = differentiable('topk', values, [x], (save) => {
    const saved = save(indices);
    return (dy, slots) => [slots.fill(0, (dx) => scatterInto('topk gradient', dx, at, saved, dy))];
  });
  return { values: taped, indices };
}

export const topkInfo: OpInfo = {
  name: 'topk',
  doc: 'the k largest or smallest elements along an axis, with their indices',
  gradient: 'dx = dy at the selected elements, else 0',
  cost: elementwiseCost,
};
