import { checkOptions, checkValue, number, type OptionRules, oneOf } from '../../gpu/check-options.ts';
import { describeValue } from '../../gpu/describe-value.ts';
import { full } from '../create.ts';
import { ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { scope } from '../scope.ts';
import { show, stridesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { expand } from './broadcast.ts';
import { concat } from './concat.ts';
import { flip } from './flip.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { sliceAxis } from './slice.ts';
import { copyBox } from './strided.ts';

/** Options of `pad`. */
export interface PadOptions {
  /**
   * what is added: 'constant' (default) adds elements of one value; 'reflect' the elements next to the edge, mirrored
   * at it and without the edge itself; 'replicate' the edge, repeated
   */
  mode?: 'constant' | 'reflect' | 'replicate' | undefined;
  /** value of the added elements in mode 'constant' (default 0) */
  value?: number | undefined;
}

const OPTIONS: OptionRules<PadOptions> = {
  mode: (v) => oneOf(v, ['constant', 'reflect', 'replicate']),
  value: number,
};

/** Elements before and after each axis. */
export type PadAmounts = readonly (readonly [number, number])[];

/**
 * Adds elements before and after each axis of x; `amounts` has one [before, after] per axis. The third argument is a value
 * (default 0) or options.
 * @throws Error when an amount is missing, negative or not an integer, an option is unknown or wrong, or a reflection is not
 *   shorter than its axis
 */
export function pad(x: Tensor, amounts: PadAmounts, options: PadOptions | number = 0): Tensor {
  expectTensor('pad', 'x', x);
  if (typeof options !== 'number') checkOptions('pad', options, OPTIONS);
  const { mode = 'constant', value = 0 } = typeof options === 'number' ? { value: options } : options;
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
  const isNone = amounts.every(([before, after]) => before + after === 0);
  if (mode === 'constant' || isNone) return padWith(x, amounts, value);
  if (value !== 0) {
    checkValue('pad', 'value', value, () => `no value with mode '${mode}'`);
  }
  return scope(() =>
    amounts.reduce((y, [before, after], axis) => {
      if (before + after === 0) return y;
      const ends =
        mode === 'reflect' ? reflected(y, axis, before, after) : replicated(y, axis, before, after);
      const [front, back] = ends;
      return concat(
        [front, y, back].filter((part) => part !== null),
        axis,
      );
    }, x),
  );
}

/** Returns the mirrored elements for both ends of an axis; null for an end that is not padded. */
function reflected(x: Tensor, axis: number, before: number, after: number): [Tensor | null, Tensor | null] {
  const size = x.shape[axis] as number;
  if (Math.max(before, after) >= size) {
    throw new ShapeError(
      `pad: mode 'reflect' along axis ${axis}: got [${before}, ${after}] for ${size} elements, expected less than ${size}. ` +
        "Use less padding or mode 'replicate'.",
    );
  }
  return [
    before > 0 ? flip(sliceAxis(x, axis, 1, before + 1), [axis]) : null,
    after > 0 ? flip(sliceAxis(x, axis, size - 1 - after, size - 1), [axis]) : null,
  ];
}

/** Returns the repeated edges for both ends of an axis; null for an end that is not padded. */
function replicated(x: Tensor, axis: number, before: number, after: number): [Tensor | null, Tensor | null] {
  const size = x.shape[axis] as number;
  const repeated = (at: number, count: number) =>
    expand(
      sliceAxis(x, axis, at, at + 1),
      x.shape.map((n, k) => (k === axis ? count : n)),
    );
  return [before > 0 ? repeated(0, before) : null, after > 0 ? repeated(size - 1, after) : null];
}

function padWith(x: Tensor, amounts: PadAmounts, value: number): Tensor {
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
  doc: 'adds elements around each axis: of one value, mirrored, or repeated from the edge',
  gradient: 'dx = the inner box of dy, plus the gradients of the copies of each element',
  cost: elementwiseCost,
};
