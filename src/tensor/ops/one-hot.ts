import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * Class numbers (u32, any shape) as f32 rows of `depth` with a single 1: [...indices.shape, depth]. A number
 * of `depth` or more gives a row of zeros.
 */
export function oneHot(indices: Tensor, depth: number): Tensor {
  if (indices.dtype !== 'u32')
    throw new Error(`oneHot: indices are ${indices.dtype}, expected u32; cast them`);
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
  doc: 'class numbers as rows with a single 1',
  differentiable: false,
  cost: elementwiseCost,
};
