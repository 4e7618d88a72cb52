import { map, type NdArray } from '../array.ts';

// -0 and NaN stay
const relu = (x: number): number => (x < 0 ? 0 : x);
const relu6 = (x: number): number => Math.min(relu(x), 6);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const hardSigmoid = (x: number): number => relu6(x + 3) / 6;

/** One number in, one out. hardSwish is x * relu6(x + 3) / 6. */
export const unaryFunctions = {
  neg: (x: number) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  relu,
  relu6,
  sigmoid,
  hardSigmoid,
  hardSwish: (x: number) => x * hardSigmoid(x),
};

export type UnaryName = keyof typeof unaryFunctions;

/**
 * Derivatives. At a kink: that of the flat side, and 0 for abs at 0, as PyTorch has it. So for NaN: 1 for relu, 0 for abs,
 * relu6 and hardSigmoid, NaN for the others.
 */
export const unaryDerivatives: Record<UnaryName, (x: number) => number> = {
  neg: () => -1,
  exp: Math.exp,
  log: (x) => 1 / x,
  sqrt: (x) => 0.5 / Math.sqrt(x),
  abs: (x) => Math.sign(x) || 0,
  relu: (x) => (x <= 0 ? 0 : 1),
  relu6: (x) => (x > 0 && x < 6 ? 1 : 0),
  sigmoid: (x) => sigmoid(x) * (1 - Math.fround(sigmoid(x))), // of a sigmoid that float32 rounds to 1 it is 0
  hardSigmoid: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  hardSwish: (x) => {
    if (x <= -3) return 0;
    return x >= 3 ? 1 : (2 * x + 3) / 6;
  },
};

/** Those whose gradient is 0 where they are flat, even where dy is NaN or infinite. */
const CLIPPED: readonly UnaryName[] = ['relu', 'relu6', 'hardSigmoid', 'hardSwish'];

/** dy times the derivative. */
export function unaryGradient(name: UnaryName, x: number, dy: number): number {
  const derivative = unaryDerivatives[name](x);
  return derivative === 0 && CLIPPED.includes(name) ? 0 : dy * derivative;
}

export function unary(name: UnaryName, x: NdArray): NdArray {
  const f = unaryFunctions[name];
  return map(x, (value) => f(value));
}
