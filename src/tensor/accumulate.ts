import * as kernels from '../kernels/index.ts';
import { empty, type Tensor } from './tensor.ts';

/** `alias Lane` and the number of Lanes for a flat run over `size` elements. */
export function flatLanes(size: number): { count: number; substitute: Record<string, string> } {
  return size % 4 === 0 ? { count: size / 4, substitute: {} } : { count: size, substitute: { Lane: 'f32' } };
}

/** target += x; only for memory that nobody else sees. */
export function addInPlace(target: Tensor, x: Tensor): void {
  const { count, substitute } = flatLanes(x.size);
  const bind = { x, y: target };
  target.device.dispatch(kernels.accumulate, {
    label: 'accumulate',
    bind,
    params: { count },
    threads: count,
    substitute,
  });
}

const NO_AXES = [0, 0, 0, 0];

/** a + b for equal shapes, off the tape. */
export function addPlain(a: Tensor, b: Tensor): Tensor {
  const y = empty(a.device, a.shape, 'f32', 'gradient sum');
  const { count, substitute } = flatLanes(a.size);
  a.device.dispatch(kernels.binary, {
    label: 'gradient sum',
    bind: { a, b, y },
    params: {
      shapeOuter: NO_AXES,
      shapeInner: NO_AXES,
      aStridesOuter: NO_AXES,
      aStridesInner: NO_AXES,
      bStridesOuter: NO_AXES,
      bStridesInner: NO_AXES,
      count,
    },
    overrides: { OPERATION: 0, BROADCAST: 0 },
    substitute: substitute.Lane ? { Element: 'f32', Bits: 'u32', Flags: 'bool' } : {},
    threads: count,
  });
  return y;
}

/** Copies x's elements over target's. */
export function copyInto(target: Tensor, x: Tensor): void {
  const count = x.size;
  const flat = { shapeOuter: [1, 1, 1, 1], shapeInner: [1, 1, 1, count] };
  const none = [0, 0, 0, 0];
  const step = [0, 0, 0, 1];
  target.device.dispatch(kernels.stridedCopy, {
    label: 'copy',
    bind: { x, y: target },
    params: {
      ...flat,
      xStridesOuter: none,
      xStridesInner: step,
      yStridesOuter: none,
      yStridesInner: step,
      xStart: 0,
      yStart: 0,
      count,
    },
    threads: count,
  });
}

/** A tensor of ones of the same shape. */
export function onesLike(x: Tensor): Tensor {
  const ones = empty(x.device, x.shape, 'f32', 'ones');
  fillWith(ones, 1);
  return ones;
}

const word = new DataView(new ArrayBuffer(4));

/** Sets every element of `target`. */
export function fillWith(target: Tensor, value: number): void {
  if (target.dtype === 'f32') word.setFloat32(0, value);
  else word.setInt32(0, value);
  const params = { count: target.size, bits: word.getUint32(0) };
  target.device.dispatch(kernels.fill, { label: 'fill', bind: { y: target }, params, threads: target.size });
}
