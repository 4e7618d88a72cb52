import type { Shape } from '../tensor/shape.ts';
import type { Module } from './module.ts';

/** What one layer costs for the input that was given to `outputShape`. */
export interface CostRow {
  module: Module;
  output: Shape;
  /** multiply-accumulates of convolutions and linear layers, biases not counted */
  macs: number;
  /** how many of them are not computed, because the layer runs in a cheaper form that gives the same */
  savedMacs: number;
  /** bytes of the results that the layer computes on the way and gives out */
  activationBytes: number;
}

/** What `outputShape` collects: a row for each layer that computes something itself. */
export class CostSheet {
  readonly rows: CostRow[] = [];

  /** Adds a layer's row and hands its output shape on. */
  add(module: Module, output: Shape, macs = 0, savedMacs = 0): Shape {
    const activationBytes = 4 * output.reduce((product, n) => product * n, 1);
    this.rows.push({ module, output, macs, savedMacs, activationBytes });
    return output;
  }
}
