import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { type Shape, sameShape, show } from './shape.ts';
import type { DType, Tensor } from './tensor.ts';

/** @throws Error unless `x`, the argument `name` of `caller`, is a tensor that is not disposed */
export function expectTensor(caller: string, name: string, x: Tensor, expected = 'a tensor'): void {
  if (!x?.isTensor) {
    const isState = (x as { value?: unknown } | null)?.value !== undefined;
    throw new Error(
      `${caller}: ${name}: got ${describeValue(x)}, expected ${expected}${isState ? '. Pass its .value.' : ''}`,
    );
  }
  if (x.isDisposed) {
    throw new Error(
      `${caller}: ${name} was disposed (shape ${show(x.shape)}). Keep it with keep(), or return it from its scope.`,
    );
  }
}

/**
 * @throws Error unless `x` is a tensor
 * @throws DTypeError unless its elements are of type `dtype`
 */
export function expectDType(caller: string, name: string, x: Tensor, dtype: DType): void {
  expectTensor(caller, name, x);
  if (x.dtype === dtype) return;
  throw new DTypeError(
    `${caller}: ${name}: got a tensor of type ${x.dtype}, expected ${dtype}. Use cast(x, '${dtype}') first.`,
  );
}

/**
 * @throws Error unless `x` is a tensor
 * @throws DTypeError unless its elements are f32, i32 or u32
 */
export function expectNumbers(caller: string, name: string, x: Tensor): void {
  expectTensor(caller, name, x);
  if (x.dtype !== 'f16') return;
  throw new DTypeError(
    `${caller}: ${name}: got a tensor of type f16, expected f32, i32 or u32. Use cast(x, 'f32') first.`,
  );
}

/**
 * @throws Error unless `x` is a tensor
 * @throws DTypeError unless its elements are f32 or, at inference, f16
 */
export function expectReal(caller: string, name: string, x: Tensor): void {
  expectTensor(caller, name, x);
  if (!isReal(x)) {
    throw new DTypeError(
      `${caller}: ${name}: got a tensor of type ${x.dtype}, expected f32. Use cast(x, 'f32') first.`,
    );
  }
}

/** Returns whether the elements of a tensor are f32 or f16 (for inference). */
const isReal = ({ dtype }: Tensor) => dtype === 'f32' || dtype === 'f16';

/** Like `expectReal`, and throws ShapeError unless the tensor has exactly this shape. */
export function expectShape(caller: string, name: string, x: Tensor, shape: Shape): void {
  expectReal(caller, name, x);
  if (!sameShape(x.shape, shape)) {
    throw new ShapeError(`${caller}: ${name} has shape ${show(x.shape)}, expected ${show(shape)}`);
  }
}

/** @throws Error unless `device` is a Device */
export function expectDevice(caller: string, device: Device): void {
  if (typeof device?.dispatch === 'function') return;
  throw new Error(
    `${caller}: device: got ${describeValue(device)}, expected a Device. Make one with await createDevice().`,
  );
}
