import { flatten } from '../tensor/ops/reshape.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';

/** Reshapes [N, ...] to [N, rest]. Channels are last, so the order is h, w, c, while PyTorch's is c, h, w. */
export class Flatten extends Module {
  override get type(): string {
    return 'Flatten';
  }

  forward(x: Tensor): Tensor {
    return flatten(x);
  }

  outputShape(input: Shape, _costs?: CostSheet): Shape {
    return [input[0] ?? 1, sizeOf(input.slice(1))];
  }
}
