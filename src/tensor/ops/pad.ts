import { checkValue, number } from '../../gpu/check-options.ts';
import { describeValue } from '../../gpu/describe-value.ts';
import { full } from '../create.ts';
import { ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { show, stridesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { copyBox } from './strided.ts';

/**
 * Adds elements of `value` before and after each axis of x; `amounts` has one [before, after] per axis.
 * @throws Error when an amount is missing, negative or not an integer
 */
export function pad(x: Tensor, amounts: readonly (readonly [number, number])[], value = 0): Tensor {
  expectTensor('pad', 'x', x);
  checkValue('pad', 'value', value, number);
  if (!Array.isArray(amounts) || amounts.length !== x.rank) {
    throw new ShapeError(
      `pad: amounts: got ${describeValue(amounts)} for shape ${show(x.shape)}, expected one [before, after] per axis`,
    );
  }
  amounts.forEach((pair, axis) => {
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((n) => !Number.isInteger(n) || n < 0)) {
      throw new Error(
        `pad: axis ${axis}: got [${pair}], expected two integers of at least 0. Use slice to crop.`,
      );
    }
  });
  const before = x.shape;
  const shape = before.map((n, axis) => n + amounts[axis]![0] + amounts[axis]![1]);
  const strides = stridesOf(shape);
  const start = strides.reduce((sum, stride, axis) => sum + stride * amounts[axis]![0], 0);
  const own = stridesOf(before);
  const y = full(x.device, shape, value, x.dtype);
  copyBox('pad', before, { tensor: x, start: 0, strides: own }, { tensor: y, start, strides });
  return differentiable('pad', y, [x], () => (dy, slots) => {
    return [
      slots.fill(0, (dx) => {
        const from = { tensor: dy, start, strides };
        copyBox('pad gradient', before, from, { tensor: dx, start: 0, strides: own });
      }),
    ];
  });
}

export const padInfo: OpInfo = {
  name: 'pad',
  doc: 'adds elements of one value around each axis',
  gradient: 'dx = the inner box of dy',
  cost: elementwiseCost,
};
