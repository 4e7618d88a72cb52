import * as kernels from '../../kernels/index.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { expectDType, expectTensor } from '../expect.ts';
import { NAN_BITS } from '../host-values.ts';
import { scope } from '../scope.ts';
import { linesOf, type Shape, sameShape, show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { add } from './binary.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { pad } from './pad.ts';
import { slice } from './slice.ts';

/** Writes to y [..., length, ...] the sums of the elements of x that have the same index along the axis. */
export function scatterInto(label: string, y: Tensor, axis: number, indices: Tensor, x: Tensor): void {
  const { length, inner } = linesOf(label, y.shape, axis);
  const { length: indexLength } = linesOf(label, indices.shape, axis);
  y.device.dispatch(kernels.scatterAxis, {
    label,
    bind: { x, indices, y },
    params: { length, inner, indexLength, count: y.size, nan: NAN_BITS },
    threads: y.size,
  });
}

/** Writes to y the elements of x at `indices` along an axis. */
export function gatherInto(label: string, y: Tensor, axis: number, indices: Tensor, x: Tensor): void {
  const { length, inner } = linesOf(label, x.shape, axis);
  const { length: indexLength } = linesOf(label, indices.shape, axis);
  y.device.dispatch(kernels.gatherAxis, {
    label,
    bind: { x, indices, y },
    params: { length, inner, indexLength, count: y.size },
    threads: y.size,
  });
}

/** @throws Error unless `index` holds integers, has the rank of x, and is not larger than x along `axes` */
function checkIndex(
  caller: string,
  index: Tensor,
  x: Tensor,
  name: string,
  axes: (axis: number) => boolean,
): void {
  expectTensor(caller, 'index', index);
  if (index.dtype !== 'u32' && index.dtype !== 'i32') {
    throw new DTypeError(
      `${caller}: index: got a tensor of type ${index.dtype}, expected u32 or i32. Use cast(index, 'u32') first.`,
    );
  }
  if (index.rank === x.rank && index.shape.every((n, axis) => !axes(axis) || n <= (x.shape[axis] as number)))
    return;
  throw new ShapeError(
    `${caller}: index has shape ${show(index.shape)}, expected ${x.rank} axes that are not longer than those of ` +
      `${name} ${show(x.shape)}`,
  );
}

/** Returns the first elements along each axis, up to `shape`. */
function corner(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return slice(
    x,
    shape.map(() => 0),
    shape,
  );
}

/**
 * Returns elements of x along an axis by index, like torch.gather: for axis 0 of a matrix y[i, j] = x[index[i, j], j].
 * `index`, u32 or i32, has the rank of x and no axis that is longer than that of x, except `axis`; the result, f32, has
 * its shape. The gradient is summed in a fixed order, so it has the same bits in every run. An index outside the axis
 * gives NaN, and makes the gradient of its line NaN: indices are on the GPU, so they cannot be checked by an exception.
 * @throws ShapeError if the index does not fit
 */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  expectDType('gather', 'x', x, 'f32');
  const { at } = linesOf('gather', x.shape, axis);
  checkIndex('gather', index, x, 'x', (other) => other !== at);
  return scope(() => {
    const box = corner(
      x,
      x.shape.map((n, other) => (other === at ? n : (index.shape[other] as number))),
    );
    const y = empty(x.device, index.shape, 'f32', 'gather');
    gatherInto('gather', y, at, index, box);
    return differentiable('gather', y, [box], (save) => {
      const saved = save(index);
      return (dy, slots) => [slots.fill(0, (dx) => scatterInto('gather gradient', dx, at, saved, dy))];
    });
  });
}

/**
 * Returns x plus the elements of `src`, each added at its position in `index` along an axis, like torch.scatter_add:
 * for axis 0 of a matrix y[index[i, j], j] += src[i, j]. `index`, u32 or i32, has the rank of x and src and no axis
 * that is longer than that of src or, except `axis`, that of x. x and src are f32; both receive a gradient. Elements
 * with the same index are added in their order, so the result has the same bits in every run. The time is proportional
 * to the length of the axis times that of the index. An index outside the axis makes its line NaN.
 * @throws ShapeError if the shapes do not fit
 */
export function scatterAdd(x: Tensor, axis: number, index: Tensor, src: Tensor): Tensor {
  expectDType('scatterAdd', 'x', x, 'f32');
  expectDType('scatterAdd', 'src', src, 'f32');
  const { at, length } = linesOf('scatterAdd', x.shape, axis);
  checkIndex('scatterAdd', index, x, 'x', (other) => other !== at);
  checkIndex('scatterAdd', index, src, 'src', () => true);
  return scope(() => {
    const part = corner(src, index.shape);
    const shape = x.rank === 0 ? [] : index.shape.map((n, other) => (other === at ? length : n));
    const sums = empty(x.device, shape, 'f32', 'scatterAdd');
    scatterInto('scatterAdd', sums, at, index, part);
    const taped = differentiable('scatterAdd', sums, [part], (save) => {
      const saved = save(index);
      return (dy, slots) => [slots.fill(0, (dx) => gatherInto('scatterAdd gradient', dx, at, saved, dy))];
    });
    if (sameShape(x.shape, shape)) return add(x, taped);
    return add(
      x,
      pad(
        taped,
        x.shape.map((n, other) => [0, n - (shape[other] as number)] as const),
      ),
    );
  });
}

export const gatherAxisInfos: OpInfo[] = [
  {
    name: 'gather',
    doc: 'elements selected by index along an axis',
    gradient: 'dx = sum of the dy whose index is that element',
    cost: elementwiseCost,
  },
  {
    name: 'scatterAdd',
    doc: 'adds elements at indices along an axis',
    gradient: 'dx = dy, dsrc = dy at the index of each element',
    cost: elementwiseCost,
  },
];
