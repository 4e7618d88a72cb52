import { checkValue, integer } from '../../gpu/check-options.ts';
import { describeValue } from '../../gpu/describe-value.ts';
import { ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { scope } from '../scope.ts';
import { axisOf, sameShape, show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { concat } from './concat.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reshape } from './reshape.ts';
import { sliceAxis } from './slice.ts';

function parts(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    const begin = start;
    start += size;
    return sliceAxis(x, axis, begin, start);
  });
}

/**
 * Returns the sizes of the parts into which `length` elements are split in steps of `size`; the last one may be
 * smaller.
 */
const sizesOf = (length: number, size: number): number[] =>
  Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));

/**
 * Splits a tensor along an axis (default 0), like torch.split: into parts of `size` elements, of which the last may be smaller,
 * or into parts of the listed sizes.
 * @throws ShapeError if the sizes do not add up to the length of the axis; RangeError for a size below 1
 */
export function split(x: Tensor, size: number | readonly number[], axis = 0): Tensor[] {
  expectTensor('split', 'x', x);
  const at = axisOf('split', axis, x.rank);
  const length = x.shape[at] as number;
  if (!Array.isArray(size)) {
    checkValue('split', 'size', size, (value) => integer(value, 1));
    return parts(x, sizesOf(length, size as number), at);
  }
  for (const one of size) checkValue('split', 'size', one, (value) => integer(value, 1));
  const total = size.reduce((sum, one) => sum + one, 0);
  if (total !== length) {
    throw new ShapeError(
      `split: sizes ${show(size)} add up to ${total}, expected ${length}, the length of axis ${at} of ${show(x.shape)}`,
    );
  }
  return parts(x, size, at);
}

/**
 * Splits a tensor into `chunks` parts of equal size along an axis (default 0), like torch.chunk. If the length is not a
 * multiple of `chunks`, the last part is smaller, and there may be fewer parts.
 * @throws RangeError for fewer than one chunk
 */
export function chunk(x: Tensor, chunks: number, axis = 0): Tensor[] {
  expectTensor('chunk', 'x', x);
  const at = axisOf('chunk', axis, x.rank);
  checkValue('chunk', 'chunks', chunks, (value) => integer(value, 1));
  const length = x.shape[at] as number;
  return parts(x, sizesOf(length, Math.ceil(length / chunks)), at);
}

/**
 * Joins tensors of the same shape and type along a new axis (default 0), like torch.stack; a negative axis counts from
 * the end of the result.
 * @throws ShapeError if the shapes differ
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first]: readonly Tensor[] = Array.isArray(tensors) ? tensors : [];
  if (!first) {
    throw new Error(`stack: tensors: got ${describeValue(tensors)}, expected an array of one tensor or more`);
  }
  tensors.forEach((x, i) => {
    expectTensor('stack', `tensor ${i}`, x);
    if (!sameShape(x.shape, first.shape)) {
      throw new ShapeError(
        `stack: tensor ${i} has shape ${show(x.shape)}, the first ${show(first.shape)}; expected equal shapes`,
      );
    }
  });
  const at = axisOf('stack', axis, first.rank + 1);
  const shape = [...first.shape.slice(0, at), 1, ...first.shape.slice(at)];
  return scope(() =>
    concat(
      tensors.map((x) => reshape(x, shape)),
      at,
    ),
  );
}

export const splitInfos: OpInfo[] = [
  {
    name: 'split',
    doc: 'splits a tensor into parts of given sizes along an axis',
    gradient: 'each part adds its dy to its range of dx',
    cost: elementwiseCost,
  },
  {
    name: 'chunk',
    doc: 'splits a tensor into a number of equal parts along an axis',
    gradient: 'each part adds its dy to its range of dx',
    cost: elementwiseCost,
  },
  {
    name: 'stack',
    doc: 'joins tensors along a new axis',
    gradient: 'each input receives its slice of dy',
    cost: elementwiseCost,
  },
];
