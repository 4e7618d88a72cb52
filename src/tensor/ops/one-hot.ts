import { checkValue, integer } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * Converts class indices (u32, any shape) to f32 rows with a single 1: [...indices.shape, depth]. An index of `depth` or
 * more gives a row of zeros.
 */
export function oneHot(indices: Tensor, depth: number): Tensor {
  expectDType('oneHot', 'indices', indices, 'u32');
  checkValue('oneHot', 'depth', depth, (v) => integer(v, 1));
  const y = empty(indices.device, [...indices.shape, depth], 'f32', 'oneHot');
  indices.device.dispatch(kernels.oneHot, {
    label: 'oneHot',
    bind: { indices, y },
    params: { depth, count: y.size },
    threads: y.size,
  });
  return y;
}

export const oneHotInfo: OpInfo = {
  name: 'oneHot',
  doc: 'class indices as rows with a single 1',
  gradient: null,
  cost: elementwiseCost,
};
