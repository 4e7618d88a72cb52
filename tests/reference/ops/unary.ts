import { map, type NdArray } from '../array.ts';

const relu6 = (x: number): number => Math.min(Math.max(x, 0), 6);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const hardSigmoid = (x: number): number => relu6(x + 3) / 6;

/** One number in, one out. hardSwish is x * relu6(x + 3) / 6. */
export const unaryFunctions = {
  neg: (x: number) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  relu: (x: number) => Math.max(x, 0),
  relu6,
  sigmoid,
  hardSigmoid,
  hardSwish: (x: number) => x * hardSigmoid(x),
};

export type UnaryName = keyof typeof unaryFunctions;

/** Derivatives. At a kink: that of the flat side, and 0 for abs at 0, as PyTorch has it. */
export const unaryDerivatives: Record<UnaryName, (x: number) => number> = {
  neg: () => -1,
  exp: Math.exp,
  log: (x) => 1 / x,
  sqrt: (x) => 0.5 / Math.sqrt(x),
  abs: Math.sign,
  relu: (x) => (x > 0 ? 1 : 0),
  relu6: (x) => (x > 0 && x < 6 ? 1 : 0),
  sigmoid: (x) => sigmoid(x) * (1 - sigmoid(x)),
  hardSigmoid: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  hardSwish: (x) => {
    if (x <= -3) return 0;
    return x < 3 ? (2 * x + 3) / 6 : 1;
  },
};

export function unary(name: UnaryName, x: NdArray): NdArray {
  const f = unaryFunctions[name];
  return map(x, (value) => f(value));
}
