import { ShapeError } from '../tensor/errors.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Dropout } from './dropout.ts';
import { maskedBy } from './dropout2d.ts';

/**
 * Stochastic depth (Huang et al., ECCV 2016): zeroes whole samples of x [N, ...] with probability p (default 0) in training
 * mode and scales the others by 1 / (1 - p), like torchvision's StochasticDepth with mode 'row'. Put it at the end of the
 * branch of a residual block, before the addition. The mask is drawn as in `Dropout`.
 */
export class DropPath extends Dropout {
  constructor(p = 0) {
    super(p);
  }

  override get type(): string {
    return 'DropPath';
  }

  override forward(x: Tensor): Tensor {
    const [n, ...rest] = x.shape;
    if (n === undefined)
      throw new ShapeError('DropPath: x: got a scalar, expected samples along the first axis');
    if (!this.training || this.p === 0) return reshape(x, x.shape);
    return maskedBy(x, [n, ...rest.map(() => 1)], this.p, this.counter.value);
  }
}
