import { imageShape, type Shape } from '../tensor/shape.ts';
import { BatchNorm, type BatchNormLayerOptions } from './batch-norm.ts';
import type { CostSheet } from './cost-sheet.ts';

/** Options of `BatchNorm2d`. */
export type BatchNorm2dOptions = BatchNormLayerOptions;

/**
 * Normalizes each channel of images [N, H, W, C] over N, H and W, with a fused activation (Ioffe & Szegedy, ICML 2015). As
 * in PyTorch, normalization uses the biased batch variance, and the running statistics use the unbiased one.
 */
export class BatchNorm2d extends BatchNorm {
  /** @throws Error when `channels` is not a positive integer, or an option is unknown or out of range */
  constructor(channels: number, options: BatchNorm2dOptions = {}) {
    super('BatchNorm2d', channels, options);
  }

  override get type(): string {
    return 'BatchNorm2d';
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    imageShape(this.path || 'BatchNorm2d', input, this.channels);
    return costs?.add(this, input) ?? input;
  }
}
