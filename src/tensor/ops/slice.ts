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
 * Negative begin and end count from the end of the axis; null is the start or the end of the axis in the direction of the
 * step. A negative step goes backwards, as in NumPy: `slice(x, [null], [null], [-1])` reverses a vector.
 * @throws Error when a range is empty or outside the axis, or a step is 0 or not an integer
 */
export function slice(
  x: Tensor,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
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

/** Returns the elements from `begin` (inclusive) to `end` (exclusive) of one axis, counted from 0; others are kept whole. */
export function sliceAxis(x: Tensor, axis: number, begin: number, end: number): Tensor {
  return slice(
    x,
    x.shape.map((_, other) => (other === axis ? begin : 0)),
    x.shape.map((n, other) => (other === axis ? end : n)),
  );
}

function rangeOf(
  x: Tensor,
  n: number,
  axis: number,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  steps?: readonly number[],
): { first: number; size: number; step: number } {
  const step = steps?.[axis] ?? 1;
  const isBackward = step < 0;
  const fromEnd = (at: number | null | undefined, other: number) =>
    at == null ? other : at < 0 ? at + n : at;
  const first = fromEnd(begin[axis], isBackward ? n - 1 : 0);
  const last = fromEnd(end[axis], isBackward ? -1 : n);
  const size = Math.ceil((last - first) / step);
  const isInside = isBackward ? first < n && last >= -1 : first >= 0 && last <= n;
  if (![first, last, step].every(Number.isInteger) || step === 0 || !isInside || size < 1) {
    throw new Error(
      `slice: range ${begin[axis]} to ${end[axis]} by ${step} selects nothing from axis ${axis} of ${show(x.shape)}, ` +
        `which has 0 to ${n} (empty tensors are not supported)`,
    );
  }
  return { first, size, step };
}

export const sliceInfo: OpInfo = {
  name: 'slice',
  doc: 'a strided box of elements',
  gradient: 'dx = dy in the box, 0 elsewhere',
  cost: elementwiseCost,
};
