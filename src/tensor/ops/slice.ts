import { describeValue } from '../../gpu/describe-value.ts';
import { fillWith } from '../accumulate.ts';
import { ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { show, stridesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { copyBox } from './strided.ts';

/**
 * Returns the elements from `begin` (inclusive) to `end` (exclusive) along each axis, every `step`-th of them (default 1).
 * Negative begin and end count from the end of the axis.
 * @throws Error when a range is empty or out of bounds, or a step is not positive
 */
export function slice(
  x: Tensor,
  begin: readonly number[],
  end: readonly number[],
  step?: readonly number[],
): Tensor {
  expectTensor('slice', 'x', x);
  if (![begin, end, step ?? begin].every((list) => Array.isArray(list) && list.length === x.rank)) {
    throw new ShapeError(
      `slice: begin, end and step: got ${[begin, end, step].map(describeValue).join(', ')}, expected ${x.rank} numbers ` +
        `each for shape ${show(x.shape)}`,
    );
  }
  const ranges = x.shape.map((n, axis) => rangeOf(x, n, axis, begin, end, step));
  const shape = ranges.map(({ size }) => size);
  const own = stridesOf(x.shape);
  const start = ranges.reduce((sum, { first }, axis) => sum + first * (own[axis] as number), 0);
  const strides = ranges.map((range, axis) => range.step * (own[axis] as number));
  const y = empty(x.device, shape, x.dtype, 'slice');
  copyBox('slice', shape, { tensor: x, start, strides }, { tensor: y, start: 0, strides: stridesOf(shape) });
  return differentiable('slice', y, [x], () => (dy, slots) => {
    return [
      slots.fill(0, (dx) => {
        fillWith(dx, 0);
        const from = { tensor: dy, start: 0, strides: stridesOf(shape) };
        copyBox('slice gradient', shape, from, { tensor: dx, start, strides });
      }),
    ];
  });
}

function rangeOf(
  x: Tensor,
  n: number,
  axis: number,
  begin: readonly number[],
  end: readonly number[],
  steps?: readonly number[],
): { first: number; size: number; step: number } {
  const fromEnd = (at: number) => (at < 0 ? at + n : at);
  const first = fromEnd(begin[axis] ?? 0);
  const last = fromEnd(end[axis] ?? n);
  const step = steps?.[axis] ?? 1;
  const isWhole = [first, last, step].every(Number.isInteger);
  if (!isWhole || step < 1 || first < 0 || last > n || first >= last) {
    throw new Error(
      `slice: range ${begin[axis]} to ${end[axis]} by ${step} selects nothing from axis ${axis} of ${show(x.shape)}, ` +
        `which has 0 to ${n}`,
    );
  }
  return { first, size: Math.ceil((last - first) / step), step };
}

export const sliceInfo: OpInfo = {
  name: 'slice',
  doc: 'a strided box of elements',
  gradient: 'dx = dy in the box, 0 elsewhere',
  cost: elementwiseCost,
};
