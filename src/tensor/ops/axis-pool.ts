import { checkValue, oneOf } from '../../gpu/check-options.ts';
import type { Tensor } from '../tensor.ts';
import { poolStrips, type StripKind } from './coordinate-pool.ts';
import { imageForm } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * Pools images along one axis: 'width' returns [N, H, 1, C], 'height' [N, 1, W, C]. 'both' is average plus maximum. The
 * first of equal maxima receives the gradient.
 */
export function axisPool(x: Tensor, axis: 'width' | 'height', kind: StripKind): Tensor {
  checkValue('axisPool', 'axis', axis, (v) => oneOf(v, ['width', 'height']));
  const { n, height, width, channels } = imageForm('axisPool', x);
  return axis === 'width'
    ? poolStrips('axisPool', x, kind, 0, height, [n, height, 1, channels])
    : poolStrips('axisPool', x, kind, height, width, [n, 1, width, channels]);
}

export const axisPoolInfo: OpInfo = {
  name: 'axisPool',
  doc: 'average, maximum or their sum along the width or the height',
  gradient:
    'avg: dx = dy / n along the pooled axis; max: dx = dy at the first maximum, else 0; both: the sum of the two',
  cost: elementwiseCost,
};
