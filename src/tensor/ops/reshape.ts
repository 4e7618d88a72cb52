import { ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { checkShape, show, sizeOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import type { OpInfo } from './op-info.ts';

/**
 * Returns the same elements in another shape, sharing memory. One size may be -1; it is computed from the others.
 * @throws Error when the product of the sizes is not the number of elements
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  expectTensor('reshape', 'x', x);
  if (!Array.isArray(shape)) checkShape('reshape', shape);
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((n) => n !== -1));
  const sizes = open < 0 ? [...shape] : shape.map((n) => (n === -1 ? x.size / known : n));
  if (sizeOf(sizes) !== x.size || sizes.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ShapeError(`reshape: ${show(x.shape)} has ${x.size} elements, which do not fit ${show(shape)}`);
  }
  return differentiable('reshape', x.alias(sizes), [x], () => {
    const before = x.shape;
    return (dy) => [dy.alias(before)];
  });
}

/** Joins all axes after the first: [N, ...] to [N, rest]. */
export function flatten(x: Tensor): Tensor {
  expectTensor('flatten', 'x', x);
  return reshape(x, [x.shape[0] ?? 1, -1]);
}

export const reshapeInfo: OpInfo = {
  name: 'reshape',
  doc: 'the same elements in another shape, without copying',
  gradient: 'dx = dy in the shape of x',
  cost: () => ({ macs: 0, bytes: 0 }),
};
