import { describeValue } from '../../gpu/describe-value.ts';
import { ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { axisOf, show, stridesOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { copyBox } from './strided.ts';

/**
 * Reorders axes: axis i of the result is axis `axes[i]` of x; negative ones count from the end.
 * @throws Error unless `axes` contains every axis of x once
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  expectTensor('permute', 'x', x);
  if (!Array.isArray(axes)) {
    throw new Error(`permute: axes: got ${describeValue(axes)}, expected a list of axes such as [1, 0]`);
  }
  const order = axes.map((axis) => axisOf('permute', axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new Error(
      `permute: axes: got [${axes}], expected each of the ${x.rank} axes of ${show(x.shape)} once`,
    );
  }
  const shape = order.map((axis) => x.shape[axis] as number);
  const own = stridesOf(x.shape);
  const strides = order.map((axis) => own[axis] as number);
  const y = empty(x.device, shape, x.dtype, 'permute');
  const packed = stridesOf(shape);
  copyBox('permute', shape, { tensor: x, start: 0, strides }, { tensor: y, start: 0, strides: packed });
  return differentiable('permute', y, [x], () => (dy, slots) => {
    return [
      slots.fill(0, (dx) => {
        copyBox(
          'permute gradient',
          shape,
          { tensor: dy, start: 0, strides: packed },
          { tensor: dx, start: 0, strides },
        );
      }),
    ];
  });
}

/**
 * Swaps two axes, like torch.transpose; negative axes count from the end.
 * @throws Error when an axis is missing or out of range
 */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  return swapped('transpose', x, dim0, dim1);
}

/**
 * Transposes the matrices of x, like x.mT in PyTorch: [..., m, n] to [..., n, m].
 * @throws ShapeError for a tensor with fewer than two axes
 */
export function mT(x: Tensor): Tensor {
  expectTensor('mT', 'x', x);
  if (x.rank < 2) {
    throw new ShapeError(`mT: got shape ${show(x.shape)}, expected at least two axes. Reshape it first.`);
  }
  return swapped('mT', x, -2, -1);
}

function swapped(caller: string, x: Tensor, dim0: number, dim1: number): Tensor {
  expectTensor(caller, 'x', x);
  const [first, second] = [axisOf(caller, dim0, x.rank), axisOf(caller, dim1, x.rank)];
  const axes = x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis));
  return permute(x, axes);
}

export const permuteInfos: OpInfo[] = [
  {
    name: 'permute',
    doc: 'reorders the axes',
    gradient: 'dx = dy with the axes permuted back',
    cost: elementwiseCost,
  },
  {
    name: 'transpose',
    doc: 'two axes swapped',
    gradient: 'dx = dy with the same two axes swapped',
    cost: elementwiseCost,
  },
  {
    name: 'mT',
    doc: 'swaps the last two axes',
    gradient: 'dx = dy with the last two axes swapped',
    cost: elementwiseCost,
  },
];
