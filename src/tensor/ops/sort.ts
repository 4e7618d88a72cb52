import { boolean, checkValue } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import { linesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { gatherInto } from './gather-axis.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { permute } from './permute.ts';
import { reshape } from './reshape.ts';
import { slice } from './slice.ts';

/** Indices up to this are exact in f32, as which the gradient sorts them. */
const MOST = 2 ** 24;

/** Returns the indices that sort x along an axis, of the shape of x. */
function orderOf(name: string, x: Tensor, axis: number, descending: boolean): Tensor {
  expectDType(name, 'x', x, 'f32');
  checkValue(name, 'descending', descending, boolean);
  const { outer, length, inner } = linesOf(name, x.shape, axis);
  if (length > MOST)
    throw new RangeError(`${name}: the axis has ${length} elements, expected at most ${MOST}`);
  const size = Math.max(2, 2 ** Math.ceil(Math.log2(length)));
  return scope(() => {
    const order = empty(x.device, [outer, inner, size], 'u32', name);
    const count = (outer * inner * size) / 2;
    for (let block = 2; block <= size; block *= 2) {
      for (let distance = block / 2; distance >= 1; distance /= 2) {
        x.device.dispatch(kernels.sortStep, {
          label: name,
          bind: { x, order },
          params: { length, inner, size, block, distance, count },
          overrides: { DESCENDING: descending ? 1 : 0 },
          threads: count,
        });
      }
    }
    const lines = slice(order, [0, 0, 0], [outer, inner, length]);
    return reshape(permute(lines, [0, 2, 1]), x.shape);
  });
}

/**
 * Returns the elements along an axis (default the last) in ascending or descending order, and their indices (u32), like
 * torch.sort. Equal elements keep their order. NaN counts as the largest number. For n elements, log2(n)^2 / 2 passes
 * are made over all of them; for a few of the largest, `topk` is faster. Only the values have a gradient.
 * @throws RangeError for an axis of more than 2^24 elements
 */
export function sort(x: Tensor, axis = -1, descending = false): { values: Tensor; indices: Tensor } {
  const indices = orderOf('sort', x, axis, descending);
  const { at } = linesOf('sort', x.shape, axis);
  const y = empty(x.device, x.shape, 'f32', 'sort');
  gatherInto('sort', y, at, indices, x);
  const values = differentiable('sort', y, [x], (save) => {
    const saved = save(indices);
    return (dy, slots) => [
      slots.fill(0, (dx) => {
        // the order of the indices is where each element went
        const places = scope(() => orderOf('sort gradient', cast(saved, 'f32'), at, false));
        gatherInto('sort gradient', dx, at, places, dy);
        places.dispose();
      }),
    ];
  });
  return { values, indices };
}

/**
 * Returns the indices (u32) that sort x along an axis (default the last), like a stable torch.argsort; see `sort`. Not
 * differentiable.
 * @throws RangeError for an axis of more than 2^24 elements
 */
export function argsort(x: Tensor, axis = -1, descending = false): Tensor {
  return orderOf('argsort', x, axis, descending);
}

export const sortInfos: OpInfo[] = [
  {
    name: 'sort',
    doc: 'the elements along an axis in order, with their indices',
    gradient: 'dx = dy at the place where each element went',
    cost: elementwiseCost,
  },
  {
    name: 'argsort',
    doc: 'the indices that sort the elements along an axis',
    gradient: null,
    cost: elementwiseCost,
  },
];
