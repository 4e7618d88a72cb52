import * as kernels from '../../kernels/index.ts';
import { expectTensor } from '../expect.ts';
import { checkDType } from '../host-values.ts';
import { type DType, empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reshape } from './reshape.ts';

/**
 * The same numbers in another type; f32 to an integer drops the fraction and stops at the type's bounds. To
 * another type it is not differentiable and ends the tape.
 *
 * Half precision, f16, is how activations may lie in memory at inference: given an f16 picture in evaluation mode
 * inside noGrad, convolutions and attention pass f16 on, compute in f32, and the pooled features are f32 again.
 * @throws Error to or from f16 when the adapter has no shader-f16
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
    substitute: { From: x.dtype, To: dtype },
    threads: x.size,
  });
  return y;
}

export const castInfo: OpInfo = {
  name: 'cast',
  doc: 'numbers of one type as numbers of another',
  differentiable: false,
  cost: elementwiseCost,
};
