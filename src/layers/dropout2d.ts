import { full } from '../tensor/create.ts';
import { mul } from '../tensor/ops/binary.ts';
import { dropout } from '../tensor/ops/dropout.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { imageShape, type Shape } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Dropout } from './dropout.ts';

/** Returns x times a random mask of `shape`, whose elements are 0 with probability p and 1 / (1 - p) otherwise. */
export function maskedBy(x: Tensor, shape: Shape, p: number, state: Tensor): Tensor {
  return mul(
    x,
    noGrad(() => dropout(full(x.device, shape, 1), p, state)),
  );
}

/**
 * Zeroes whole channels of images [N, H, W, C] with probability p (default 0.5) in training mode and scales the others
 * by 1 / (1 - p), like torch.nn.Dropout2d (Tompson et al., CVPR 2015). The channels are chosen separately for each
 * image. The mask is drawn as in `Dropout`.
 */
export class Dropout2d extends Dropout {
  override get type(): string {
    return 'Dropout2d';
  }

  override forward(x: Tensor): Tensor {
    const [n, , , c] = imageShape('Dropout2d', x.shape);
    if (!this.training || this.p === 0) return reshape(x, x.shape);
    return maskedBy(x, [n, 1, 1, c], this.p, this.counter.value);
  }
}
