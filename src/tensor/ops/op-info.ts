import type { Shape } from '../shape.ts';

/** What an op costs, for summaries and rooflines. */
export interface Cost {
  /** multiply-accumulates of convolutions and matrix products; 0 for everything else */
  macs: number;
  /** bytes that must be read and written at least once */
  bytes: number;
}

/** A line of the table of ops (ops/table.ts): the tests and benchmarks go by it. */
export interface OpInfo {
  readonly name: string;
  /** one line: what it computes */
  readonly doc: string;
  /** how the gradient of the result y flows to the inputs, as a formula; null for an op without a gradient */
  readonly gradient: string | null;
  /** cost of the forward pass from the input shapes and the result's */
  readonly cost: (inputs: readonly Shape[], result: Shape) => Cost;
}

/** Cost of an op that reads its inputs once, writes its result once and multiplies no matrices. */
export function elementwiseCost(inputs: readonly Shape[], result: Shape): Cost {
  const size = (shape: Shape) => shape.reduce((product, n) => product * n, 1);
  return { macs: 0, bytes: 4 * (inputs.reduce((sum, shape) => sum + size(shape), 0) + size(result)) };
}
