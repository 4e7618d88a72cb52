import { map, type NdArray } from '../array.ts';

// -0 and NaN stay
// biome-ignore lint/complexity/useMathMinMax: Math.max turns -0 into 0
const relu = (x: number): number => (x < 0 ? 0 : x);
const relu6 = (x: number): number => Math.min(relu(x), 6);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const hardSigmoid = (x: number): number => relu6(x + 3) / 6;

/** Error function's complement: the series of exp(-x^2) times positive terms, and Laplace's continued fraction from 3 on. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x > 27) return 0;
  if (x >= 3) {
    let fraction = x;
    for (let k = 80; k > 0; k--) fraction = x + k / 2 / fraction;
    return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
  }
  let [term, sum] = [x, x];
  for (let k = 1; k < 80; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const normalProbability = (x: number): number => erfc(-x / Math.SQRT2) / 2;
const geluArgument = (x: number): number => Math.sqrt(8 / Math.PI) * (x + 0.044715 * x ** 3);

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
  tanh: Math.tanh,
  silu: (x: number) => x * sigmoid(x),
  gelu: (x: number, approximate = 'none') =>
    x * (approximate === 'tanh' ? sigmoid(geluArgument(x)) : normalProbability(x)),
  leakyRelu: (x: number, slope = 0.01) => (x > 0 ? x : slope * x),
  elu: (x: number, alpha = 1) => (x > 0 ? x : alpha * Math.expm1(x)),
  softplus: (x: number, beta = 1, threshold = 20) =>
    beta * x > threshold ? x : (Math.max(beta * x, 0) + Math.log1p(Math.exp(-Math.abs(beta * x)))) / beta,
};

export type UnaryName = keyof typeof unaryFunctions;

/**
 * Derivatives. At a kink: that of the flat side, and 0 for abs at 0, as in PyTorch. So for NaN: 1 for relu, 0 for abs,
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
  tanh: (x) => (Number.isNaN(x) ? x : Math.cosh(x) ** -2),
  silu: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  // where float32 rounds the density to 0, so is the derivative
  gelu: (x) => Math.fround(normalProbability(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)),
  leakyRelu: (x) => (x > 0 ? 1 : 0.01),
  elu: (x) => (x > 0 ? 1 : Math.exp(x)),
  softplus: (x) => (x > 20 ? 1 : sigmoid(x)),
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
