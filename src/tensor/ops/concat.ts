import { describeValue } from '../../gpu/describe-value.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { axisOf, show, stridesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { copyBox } from './strided.ts';

/**
 * Joins tensors along an axis. Types, and sizes along the other axes, must be equal.
 * @throws Error that names the first tensor that does not fit
 */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first]: readonly Tensor[] = Array.isArray(tensors) ? tensors : [];
  if (!first) {
    throw new Error(
      `concat: tensors: got ${describeValue(tensors)}, expected an array with at least one tensor`,
    );
  }
  tensors.forEach((x, i) => {
    expectTensor('concat', `tensor ${i}`, x);
  });
  const at = axisOf('concat', axis, first.rank);
  tensors.forEach((x, i) => {
    const fits = x.rank === first.rank && x.shape.every((n, k) => k === at || n === first.shape[k]);
    if (!fits || x.dtype !== first.dtype) {
      throw new (x.dtype === first.dtype ? ShapeError : DTypeError)(
        `concat: tensor ${i} is ${x.dtype} ${show(x.shape)}, but the first is ${first.dtype} ${show(first.shape)}; ` +
          `they may differ only along axis ${at}`,
      );
    }
  });
  const sizes = tensors.map((x) => x.shape[at] as number);
  const shape = first.shape.map((n, k) => (k === at ? sizes.reduce((a, b) => a + b) : n));
  const y = empty(first.device, shape, first.dtype, 'concat');
  const strides = stridesOf(shape);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0) * (strides[at] as number));
  tensors.forEach((x, i) => {
    const to = { tensor: y, start: starts[i] as number, strides };
    copyBox('concat', x.shape, { tensor: x, start: 0, strides: stridesOf(x.shape) }, to);
  });
  return differentiable('concat', y, tensors, () => {
    const shapes = tensors.map((x) => x.shape);
    return (dy, slots) =>
      shapes.map((part, i) =>
        slots.fill(i, (dx) => {
          const from = { tensor: dy, start: starts[i] as number, strides };
          copyBox('concat gradient', part, from, { tensor: dx, start: 0, strides: stridesOf(part) });
        }),
      );
  });
}

export const concatInfo: OpInfo = {
  name: 'concat',
  doc: 'joins tensors along an axis',
  gradient: 'each input receives its slice of dy',
  cost: elementwiseCost,
};
