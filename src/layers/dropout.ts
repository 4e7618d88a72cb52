import { checkValue, fraction } from '../gpu/check-options.ts';
import { seedWords } from '../tensor/host-random.ts';
import { dropout } from '../tensor/ops/dropout.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { hash, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { ModuleBuffer } from './parameter.ts';

/**
 * Zeroes each element with probability p (default 0.5) in training mode and scales the others by 1 / (1 - p). The mask
 * is computed from a counter on the GPU, so a replayed step draws a new mask and a resumed run draws the same ones.
 */
export class Dropout extends Module {
  /** probability that an element becomes 0, in [0, 1) */
  readonly p: number;
  /** [seed low, seed high, stream, counter] */
  readonly counter = new ModuleBuffer([4], ZEROS, { dtype: 'u32', persistent: false });

  constructor(p = 0.5) {
    super();
    checkValue(this.type, 'p', p, fraction);
    this.p = p;
  }

  protected override onPlaced(seed: number, path: string): void {
    this.counter.value.write([...seedWords(seed), hash(path), 0]);
  }

  override get type(): string {
    return 'Dropout';
  }

  forward(x: Tensor): Tensor {
    return this.training && this.p > 0 ? dropout(x, this.p, this.counter.value) : reshape(x, x.shape);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    return costs?.add(this, input) ?? input;
  }
}
