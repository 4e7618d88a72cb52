import { axisOf, show, stridesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { copyBox } from './strided.ts';

/**
 * The axes in another order: axis i of the result is axis `axes[i]` of x; negative ones count from the end.
 * @throws Error unless every axis of x is named once
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = axes.map((axis) => axisOf('permute', axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new Error(`permute: axes [${axes}] must name each of the ${x.rank} axes of ${show(x.shape)} once`);
  }
  const shape = order.map((axis) => x.shape[axis] as number);
  const own = stridesOf(x.shape);
  const strides = order.map((axis) => own[axis] as number);
  const y = empty(x.device, shape, x.dtype, 'permute');
  const packed = stridesOf(shape);
  copyBox('permute', shape, { tensor: x, start: 0, strides }, { tensor: y, start: 0, strides: packed });
  return differentiable('permute', y, [x], () => (dy, slots) => {
    const dx = slots.output(0);
    copyBox(
      'permute gradient',
      shape,
      { tensor: dy, start: 0, strides: packed },
      { tensor: dx, start: 0, strides },
    );
    return [dx];
  });
}

/** Swaps the last two axes: [..., m, n] to [..., n, m]. */
export function transpose(x: Tensor): Tensor {
  if (x.rank < 2) {
    throw new Error(
      `transpose: got shape ${show(x.shape)}; it swaps the last two axes and needs at least two`,
    );
  }
  const axes = x.shape.map((_, axis) => axis);
  return permute(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

export const permuteInfos: OpInfo[] = [
  { name: 'permute', doc: 'the axes in another order', differentiable: true, cost: elementwiseCost },
  { name: 'transpose', doc: 'swaps the last two axes', differentiable: true, cost: elementwiseCost },
];
