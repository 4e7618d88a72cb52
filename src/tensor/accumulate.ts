import * as kernels from '../kernels/index.ts';
import { combine } from './ops/combine.ts';
import { copyBox } from './ops/strided.ts';
import { empty, type Tensor } from './tensor.ts';
import { inVec4 } from './vec4.ts';

/** Computes target += x in place; only for memory that no tensor of a user shares. */
export function addInPlace(target: Tensor, x: Tensor): void {
  const { count4: count, defines } = inVec4(x.size);
  const bind = { x, y: target };
  target.device.dispatch(kernels.accumulate, {
    label: 'accumulate',
    bind,
    params: { count },
    threads: count,
    defines,
  });
}

/** Returns a + b for equal shapes, without taping. */
export function addPlain(a: Tensor, b: Tensor): Tensor {
  return combine('add', a, b, 'gradient sum');
}

/** Overwrites the elements of `target` with those of x. */
export function copyInto(target: Tensor, x: Tensor): void {
  copyBox(
    'copy',
    [x.size],
    { tensor: x, start: 0, strides: [1] },
    { tensor: target, start: 0, strides: [1] },
  );
}

/** Returns a tensor of ones of the same shape. */
export function onesLike(x: Tensor): Tensor {
  const ones = empty(x.device, x.shape, 'f32', 'ones');
  fillWith(ones, 1);
  return ones;
}

const word = new DataView(new ArrayBuffer(4));

/** Sets every element of `target` to one value. */
export function fillWith(target: Tensor, value: number): void {
  if (target.dtype === 'f32') word.setFloat32(0, value);
  else word.setInt32(0, value);
  const params = { count: target.size, bits: word.getUint32(0) };
  target.device.dispatch(kernels.fill, { label: 'fill', bind: { y: target }, params, threads: target.size });
}
