import * as kernels from '../../kernels/index.ts';
import { expectTensor } from '../expect.ts';
import { checkDType } from '../host-values.ts';
import { type DType, empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reshape } from './reshape.ts';

/** The largest integer of a type, to which floats are clamped; 0 for float types. */
const HIGHEST: Record<DType, number> = { f32: 0, f16: 0, u32: 2 ** 32 - 1, i32: 2 ** 31 - 1 };

/**
 * Converts numbers to another type. A float becomes an integer by dropping the fraction and clamping to the range of
 * the type; NaN becomes 0. An integer is rounded to the nearest f32. Between u32 and i32 the bits are kept, so -1
 * becomes 4294967295, as in PyTorch. A cast to another type is not differentiable.
 *
 * At inference activations may be stored in half precision, f16: for f16 images in evaluation mode inside noGrad,
 * convolutions and attention compute in f32 and store f16; the pooled features are f32.
 * @throws Error to or from f16 when the adapter does not support shader-f16
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  expectTensor('cast', 'x', x);
  checkDType('cast', dtype);
  if (x.dtype === dtype) return reshape(x, x.shape);
  const y = empty(x.device, x.shape, dtype, 'cast');
  x.device.dispatch(kernels.cast, {
    label: 'cast',
    bind: { x, y },
    params: { count: x.size },
    defines: { From: x.dtype, To: dtype, HIGHEST: HIGHEST[dtype] },
    overrides: { TRUNCATES: x.dtype[0] === 'f' && dtype[0] !== 'f' ? 1 : 0 },
    threads: x.size,
  });
  return y;
}

export const castInfo: OpInfo = {
  name: 'cast',
  doc: 'converts numbers to another type',
  gradient: null,
  cost: elementwiseCost,
};
