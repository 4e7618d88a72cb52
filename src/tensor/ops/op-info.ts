import { type Shape, sizeOf } from '../shape.ts';

/** Cost of an op, for summaries and rooflines. */
export interface Cost {
  /** multiply-accumulates of convolutions and matrix products; 0 for other ops */
  macs: number;
  /** bytes that must be read and written at least once */
  bytes: number;
}

/** An entry in the table of ops (ops/table.ts), used by tests, benchmarks and docs/ops.md. */
export interface OpInfo {
  readonly name: string;
  /** one line of description */
  readonly doc: string;
  /** how the gradient of the result y flows to the inputs, as a formula; null for an op without a gradient */
  readonly gradient: string | null;
  /** returns the cost of the forward pass from the shapes of the inputs and the result */
  readonly cost: (inputs: readonly Shape[], result: Shape) => Cost;
}

/** Returns the cost of an op that reads its inputs once, writes its result once and multiplies no matrices. */
export function elementwiseCost(inputs: readonly Shape[], result: Shape): Cost {
  return { macs: 0, bytes: 4 * (inputs.reduce((sum, shape) => sum + sizeOf(shape), 0) + sizeOf(result)) };
}
