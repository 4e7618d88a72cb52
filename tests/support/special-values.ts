import { from, type NdArray } from '../reference/array.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const tiny = Math.fround(1e-40);
const huge = Math.fround(3e38);

/** Special numbers: non-finite ones, both zeros, denormals, the largest, and kinks of activations. */
export const SPECIAL = [
  nan,
  inf,
  -inf,
  0,
  -0,
  tiny,
  -tiny,
  huge,
  -huge,
  1,
  -1,
  0.5,
  -2,
  -3,
  3,
  6,
  30,
  -30,
] as const;

/** Possible gradients of a result. */
export const GRADIENTS = [2, nan, inf, -inf, 0] as const;

/** Every pair of two lists, as two lists. */
export function pairs(a: readonly number[], b: readonly number[]): [NdArray, NdArray] {
  const first = a.flatMap((value) => b.map(() => value));
  const second = a.flatMap(() => [...b]);
  return [from([first.length], first), from([second.length], second)];
}

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

/** The bits of a float32. */
export function bits(value: number): number {
  floats[0] = value;
  return words[0]!;
}

/** A denormal as a zero of its sign, as an adapter may read and write it. */
export const flushed = (value: number): number => (Math.abs(value) < 2 ** -126 ? 0 * value : value);

export interface Agreement {
  /** allowed difference relative to the expected number (default 1e-4) */
  rtol?: number;
  /** allowed difference beside it (default 0) */
  atol?: number;
  /** whether a zero must have the expected sign (default false) */
  signs?: boolean;
}

/**
 * Returns whether the bits of `got` are those of a NaN, of the same infinity or zero, or of a number close enough to
 * `expected`.
 */
export function agrees(
  got: number,
  expected: number,
  { rtol = 1e-4, atol = 0, signs = false }: Agreement,
): boolean {
  const [a, b] = [bits(got), bits(expected)];
  const magnitude = a & 0x7fffffff;
  if (Number.isNaN(expected)) return magnitude > 0x7f800000;
  if (!Number.isFinite(Math.fround(expected))) return a === b;
  if (magnitude >= 0x7f800000) return false;
  if (signs && expected === 0) return magnitude < 0x00800000 && a >>> 31 === b >>> 31;
  return Math.abs(got - expected) <= rtol * Math.abs(expected) + atol + 2 ** -126;
}
