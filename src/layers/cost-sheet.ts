import { type Shape, sizeOf } from '../tensor/shape.ts';
import type { Module } from './module.ts';

/** Cost of one layer for the input shape that was passed to `outputShape`. */
export interface CostRow {
  module: Module;
  output: Shape;
  /** multiply-accumulates of convolutions and linear layers, without biases */
  macs: number;
  /** the part of `macs` that is not computed, because the layer runs in a cheaper equivalent form */
  savedMacs: number;
  /** bytes of the layer's output */
  activationBytes: number;
}

/** Costs collected by `outputShape`: one row per layer that computes something itself. */
export class CostSheet {
  readonly rows: CostRow[] = [];

  /** Adds the row of a layer and returns its output shape. */
  add(module: Module, output: Shape, macs = 0, savedMacs = 0): Shape {
    const activationBytes = 4 * sizeOf(output);
    this.rows.push({ module, output, macs, savedMacs, activationBytes });
    return output;
  }
}
