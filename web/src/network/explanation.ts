// What an explanation of one number consists of. explain.ts creates it.
import type { Step, Trace } from './trace.ts';

/** A number of a map. */
export interface Place {
  channel: number;
  row: number;
  column: number;
}

/** One product of a sum, or one number of a mean or maximum. */
export interface Term {
  /** where the number is in the input; outside of the image for padding */
  from: Place;
  isInside: boolean;
  x: number;
  /** the weight; null for an operator without weights */
  w: number | null;
  product: number;
  /** index of the weight in the tensor of weights, -1 without weights */
  weightAt: number;
}

/** One line of the calculation after the terms. */
export interface Line {
  name: string;
  text: string;
  value: number;
}

export interface Explanation {
  /** what the operator does, as a formula */
  formula: string;
  terms: Term[];
  lines: Line[];
  /** computed here, in double precision */
  computed: number;
  /** computed by the kernel */
  kernel: number;
}

/** The number to explain, and what every explanation needs. */
export interface Context {
  trace: Trace;
  step: Step;
  place: Place;
  input: Float32Array;
  kernel: number;
}

/** Formats a number for the page, with six significant digits and a true minus sign. */
export const digits = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−');

/** Index of a place in a tensor [1, H, W, C]. */
export const indexOf = (size: { width: number; channels: number }, { row, column, channel }: Place): number =>
  (row * size.width + column) * size.channels + channel;
