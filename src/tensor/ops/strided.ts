import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { type Shape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** A strided box of a tensor: first element, and stride along each axis, in elements. */
export interface Box {
  tensor: Tensor;
  start: number;
  strides: readonly number[];
}

/** Returns up to eight values as two vec4, padded at the front with `fill`. */
export function eightAxes(op: string, values: readonly number[], fill: number): [number[], number[]] {
  if (values.length > 8)
    throw new ShapeError(`${op}: got a tensor of rank ${values.length}, expected at most 8 axes`);
  const all = [...new Array<number>(8 - values.length).fill(fill), ...values];
  return [all.slice(0, 4), all.slice(4)];
}

/** Copies a box of `shape` elements from one strided layout to another. */
export function copyBox(op: string, shape: Shape, from: Box, to: Box): void {
  const [shapeOuter, shapeInner] = eightAxes(op, shape, 1);
  const [xStridesOuter, xStridesInner] = eightAxes(op, from.strides, 0);
  const [yStridesOuter, yStridesInner] = eightAxes(op, to.strides, 0);
  const count = sizeOf(shape);
  to.tensor.device.dispatch(kernels.stridedCopy, {
    label: op,
    bind: { x: from.tensor, y: to.tensor },
    params: {
      shapeOuter,
      shapeInner,
      xStridesOuter,
      xStridesInner,
      yStridesOuter,
      yStridesInner,
      xStart: from.start,
      yStart: to.start,
      count,
    },
    threads: count,
  });
}
