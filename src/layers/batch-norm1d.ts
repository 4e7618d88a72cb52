import { ShapeError } from '../tensor/errors.ts';
import { type Shape, show } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BatchNorm, type BatchNormLayerOptions } from './batch-norm.ts';
import type { CostSheet } from './cost-sheet.ts';

/** Options of `BatchNorm1d`. */
export type BatchNorm1dOptions = BatchNormLayerOptions;

/**
 * Normalizes each feature of vectors [N, C] over N, or of sequences [N, L, C] over N and L, with a fused activation. In
 * PyTorch sequences are [N, C, L]. Statistics are computed as in `BatchNorm2d`.
 */
export class BatchNorm1d extends BatchNorm {
  /** @throws Error when `features` is not a positive integer, or an option is unknown or out of range */
  constructor(features: number, options: BatchNorm1dOptions = {}) {
    super('BatchNorm1d', features, options);
  }

  override get type(): string {
    return 'BatchNorm1d';
  }

  /**
   * Returns the normalized x, plus `residual` of the same shape if given.
   * @throws ShapeError unless x is [N, C] or [N, L, C]
   */
  override forward(x: Tensor, residual?: Tensor): Tensor {
    this.outputShape(x.shape);
    return super.forward(x, residual);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const features = this.channels;
    if ((input.length !== 2 && input.length !== 3) || input.at(-1) !== features) {
      throw new ShapeError(
        `${this.path || 'BatchNorm1d'}: input has shape ${show(input)}, expected [N, ${features}] or [N, L, ${features}]`,
      );
    }
    return costs?.add(this, input) ?? input;
  }
}
