import { type NdArray, zeros } from '../array.ts';
import { broadcastOffsets, broadcastShapes } from '../broadcast.ts';

/** C99's and PyTorch's pow: unlike in JavaScript, 1 ** NaN and (-1) ** Infinity are 1. */
export function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

export const binaryFunctions = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  pow: power,
  minimum: Math.min,
  maximum: Math.max,
};

export type BinaryName = keyof typeof binaryFunctions;

/**
 * Derivatives with respect to a and b. If minimum or maximum ties, each operand gets half of the gradient, and if
 * either is NaN, both get all of it, as in PyTorch.
 */
export const binaryDerivatives: Record<BinaryName, (a: number, b: number) => [number, number]> = {
  add: () => [1, 1],
  sub: () => [1, -1],
  mul: (a, b) => [b, a],
  div: (a, b) => [1 / b, -(a / b) / b],
  pow: (a, b) => [
    b === 0 ? 0 : b * Math.fround(power(a, b - 1)),
    a === 0 && b >= 0 ? 0 : power(a, b) * Math.log(a),
  ],
  minimum: (a, b) => (a === b ? [0.5, 0.5] : [a > b ? 0 : 1, a < b ? 0 : 1]),
  maximum: (a, b) => (a === b ? [0.5, 0.5] : [a < b ? 0 : 1, a > b ? 0 : 1]),
};

export const comparisons = {
  eq: (a: number, b: number) => a === b,
  ne: (a: number, b: number) => a !== b,
  lt: (a: number, b: number) => a < b,
  le: (a: number, b: number) => a <= b,
  gt: (a: number, b: number) => a > b,
  ge: (a: number, b: number) => a >= b,
};

export type ComparisonName = keyof typeof comparisons;

/** Element by element with NumPy's broadcasting. */
export function binary(name: BinaryName, a: NdArray, b: NdArray): NdArray {
  return zip(a, b, binaryFunctions[name]);
}

/** 1 where the comparison holds, 0 elsewhere. */
export function compare(name: ComparisonName, a: NdArray, b: NdArray): NdArray {
  const holds = comparisons[name];
  return zip(a, b, (p, q) => (holds(p, q) ? 1 : 0));
}

/** `a` where `condition` is not 0, else `b`; all three broadcast together. */
export function where(condition: NdArray, a: NdArray, b: NdArray): NdArray {
  const out = zeros(broadcastShapes(condition.shape, a.shape, b.shape));
  const fromCondition = broadcastOffsets(condition.shape, out.shape);
  const fromA = broadcastOffsets(a.shape, out.shape);
  const fromB = broadcastOffsets(b.shape, out.shape);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = condition.data[fromCondition[i]!]! !== 0 ? a.data[fromA[i]!]! : b.data[fromB[i]!]!;
  }
  return out;
}

function zip(a: NdArray, b: NdArray, f: (a: number, b: number) => number): NdArray {
  const out = zeros(broadcastShapes(a.shape, b.shape));
  const fromA = broadcastOffsets(a.shape, out.shape);
  const fromB = broadcastOffsets(b.shape, out.shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = f(a.data[fromA[i]!]!, b.data[fromB[i]!]!);
  return out;
}
