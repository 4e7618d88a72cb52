import { describeValue } from '../../gpu/describe-value.ts';
import { expectTensor } from '../expect.ts';
import { axisOf, stridesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { copyBox } from './strided.ts';

/**
 * Reverses the order of the elements along axes; negative ones count from the end. Images [N, H, W, C] are mirrored left to
 * right by axis 2 and upside down by axis 1.
 * @throws Error when `dims` is not an array of axes of x, each at most once
 */
export function flip(x: Tensor, dims: readonly number[]): Tensor {
  expectTensor('flip', 'x', x);
  if (!Array.isArray(dims)) {
    throw new Error(`flip: dims: got ${describeValue(dims)}, expected an array of axes, such as [2]`);
  }
  const axes = dims.map((dim) => axisOf('flip', dim, x.rank));
  if (new Set(axes).size < axes.length) {
    throw new Error(`flip: dims: got [${dims}], expected each axis at most once`);
  }
  const y = empty(x.device, x.shape, x.dtype, 'flip');
  reverse('flip', x, axes, y);
  return differentiable('flip', y, [x], () => (dy, slots) => [
    slots.fill(0, (dx) => reverse('flip gradient', dy, axes, dx)),
  ]);
}

/** Copies x to y, which has the same shape, reading the axes from their ends. */
export function reverse(label: string, x: Tensor, axes: readonly number[], y: Tensor): void {
  const own = stridesOf(x.shape);
  // indices are computed modulo 2^32, so a negative stride counts down
  const strides = own.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
  const start = axes.reduce((sum, axis) => sum + (own[axis] as number) * ((x.shape[axis] as number) - 1), 0);
  copyBox(label, x.shape, { tensor: x, start, strides }, { tensor: y, start: 0, strides: own });
}

export const flipInfo: OpInfo = {
  name: 'flip',
  doc: 'elements in reverse order along axes',
  gradient: 'dx = dy in reverse order along the same axes',
  cost: elementwiseCost,
};
