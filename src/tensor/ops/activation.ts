import { checkValue, finite, oneOf, positive } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Values of the kernels' FUNCTION override. */
const FUNCTION = { tanh: 0, silu: 1, gelu: 2, geluTanh: 3, leakyRelu: 4, elu: 5, softplus: 6 } as const;

function activation(name: string, which: keyof typeof FUNCTION, x: Tensor, a = 0, b = 0): Tensor {
  expectDType(name, 'x', x, 'f32');
  const { count4: count, defines } = inVec4(x.size);
  const spec = {
    params: { count, a, b },
    overrides: { FUNCTION: FUNCTION[which] },
    defines,
    threads: count,
  };
  const y = empty(x.device, x.shape, 'f32', name);
  x.device.dispatch(kernels.activation, { ...spec, label: name, bind: { x, y } });
  return differentiable(name, y, [x], (save) => {
    const saved = save(x);
    return (dy, slots) => [
      slots.fill(0, (dx) => {
        dy.device.dispatch(kernels.activationGrad, {
          ...spec,
          label: `${name} gradient`,
          bind: { x: saved, dy, dx },
        });
      }),
    ];
  });
}

/** Returns the hyperbolic tangent of each element, for any shape. */
export const tanh = (x: Tensor): Tensor => activation('tanh', 'tanh', x);

/** Returns x / (1 + exp(-x)) per element, for any shape (Elfwing et al., Neural Networks 107, 2018; also called swish). */
export const silu = (x: Tensor): Tensor => activation('silu', 'silu', x);

/** How `gelu` computes the normal distribution's cumulative probability: exactly, or approximately by a tanh. */
export type GeluApproximation = 'none' | 'tanh';

/** Rule for `GeluApproximation`. */
export const geluRule = (value: unknown) => oneOf(value, ['none', 'tanh']);

/**
 * Returns x P(x) per element, for any shape, with P the cumulative probability of the normal distribution (Hendrycks &
 * Gimpel, arXiv 1606.08415).
 * @param approximate 'none' (default) is exact; 'tanh' computes x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
 * @throws RangeError for another value
 */
export function gelu(x: Tensor, approximate: GeluApproximation = 'none'): Tensor {
  checkValue('gelu', 'approximate', approximate, geluRule);
  return activation('gelu', approximate === 'tanh' ? 'geluTanh' : 'gelu', x);
}

/**
 * Returns x where x > 0, else negativeSlope x (default 0.01), for any shape.
 * @throws RangeError when the slope is not a finite number
 */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  checkValue('leakyRelu', 'negativeSlope', negativeSlope, finite);
  return activation('leakyRelu', 'leakyRelu', x, negativeSlope);
}

/**
 * Returns x where x > 0, else alpha (exp(x) - 1) (default 1), for any shape (Clevert et al., ICLR 2016).
 * @throws RangeError when alpha is not a finite number
 */
export function elu(x: Tensor, alpha = 1): Tensor {
  checkValue('elu', 'alpha', alpha, finite);
  return activation('elu', 'elu', x, alpha);
}

/**
 * Returns log(1 + exp(beta x)) / beta (default 1) per element, and x where beta x > threshold (default 20), for any shape.
 * @throws RangeError when beta is not a finite number above 0, or the threshold is not finite
 */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  checkValue('softplus', 'beta', beta, positive);
  checkValue('softplus', 'threshold', threshold, finite);
  return activation('softplus', 'softplus', x, beta, threshold);
}

export const activationInfos: OpInfo[] = [
  {
    name: 'tanh',
    doc: 'hyperbolic tangent of each element',
    gradient: 'dx = dy (1 - y^2)',
    cost: elementwiseCost,
  },
  {
    name: 'silu',
    doc: 'x times the sigmoid of x, also called swish',
    gradient: 'dx = dy s (1 + x (1 - s)), with s = sigmoid(x)',
    cost: elementwiseCost,
  },
  {
    name: 'gelu',
    doc: 'x times the normal probability of being below x, exact or approximate',
    gradient: 'dx = dy (P(x) + x p(x)), with the probability P and the density p',
    cost: elementwiseCost,
  },
  {
    name: 'leakyRelu',
    doc: 'x where x > 0, else a multiple of x',
    gradient: 'dx = dy where x > 0, else dy negativeSlope',
    cost: elementwiseCost,
  },
  {
    name: 'elu',
    doc: 'x where x > 0, else alpha (exp(x) - 1)',
    gradient: 'dx = dy where x > 0, else dy alpha exp(x)',
    cost: elementwiseCost,
  },
  {
    name: 'softplus',
    doc: 'a smooth relu, log(1 + exp(beta x)) / beta',
    gradient: 'dx = dy sigmoid(beta x), dy above the threshold',
    cost: elementwiseCost,
  },
];
