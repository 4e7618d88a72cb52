import { checkValue, finite, positive } from '../gpu/check-options.ts';
import {
  elu,
  type GeluApproximation,
  gelu,
  geluRule,
  leakyRelu,
  silu,
  softplus,
  tanh,
} from '../tensor/ops/activation.ts';
import { hardSigmoid, hardSwish, relu, relu6, sigmoid } from '../tensor/ops/unary.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';

abstract class ActivationLayer extends Module {
  outputShape(input: Shape, costs?: CostSheet): Shape {
    return costs?.add(this, input) ?? input;
  }
}

/** Computes max(x, 0). */
export class ReLU extends ActivationLayer {
  override get type(): string {
    return 'ReLU';
  }

  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** Computes min(max(x, 0), 6). */
export class ReLU6 extends ActivationLayer {
  override get type(): string {
    return 'ReLU6';
  }

  forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

/** Computes 1 / (1 + exp(-x)). */
export class Sigmoid extends ActivationLayer {
  override get type(): string {
    return 'Sigmoid';
  }

  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** Computes relu6(x + 3) / 6. */
export class Hardsigmoid extends ActivationLayer {
  override get type(): string {
    return 'Hardsigmoid';
  }

  forward(x: Tensor): Tensor {
    return hardSigmoid(x);
  }
}

/** Computes x * relu6(x + 3) / 6. */
export class Hardswish extends ActivationLayer {
  override get type(): string {
    return 'Hardswish';
  }

  forward(x: Tensor): Tensor {
    return hardSwish(x);
  }
}

/** Computes the hyperbolic tangent. */
export class Tanh extends ActivationLayer {
  override get type(): string {
    return 'Tanh';
  }

  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** Computes x / (1 + exp(-x)), also called swish. */
export class SiLU extends ActivationLayer {
  override get type(): string {
    return 'SiLU';
  }

  forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** Computes x times the normal distribution's cumulative probability; see `gelu`. */
export class GELU extends ActivationLayer {
  readonly approximate: GeluApproximation;

  /**
   * @param approximate 'none' (default) or 'tanh'
   * @throws RangeError for another value
   */
  constructor(approximate: GeluApproximation = 'none') {
    super();
    checkValue('GELU', 'approximate', approximate, geluRule);
    this.approximate = approximate;
  }

  override get type(): string {
    return 'GELU';
  }

  forward(x: Tensor): Tensor {
    return gelu(x, this.approximate);
  }
}

/** Computes x where x > 0, else negativeSlope x. */
export class LeakyReLU extends ActivationLayer {
  readonly negativeSlope: number;

  /**
   * @param negativeSlope slope below 0 (default 0.01)
   * @throws RangeError when it is not a finite number
   */
  constructor(negativeSlope = 0.01) {
    super();
    checkValue('LeakyReLU', 'negativeSlope', negativeSlope, finite);
    this.negativeSlope = negativeSlope;
  }

  override get type(): string {
    return 'LeakyReLU';
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope);
  }
}

/** Computes x where x > 0, else alpha (exp(x) - 1). */
export class ELU extends ActivationLayer {
  readonly alpha: number;

  /**
   * @param alpha the negative of the lower limit (default 1)
   * @throws RangeError when it is not a finite number
   */
  constructor(alpha = 1) {
    super();
    checkValue('ELU', 'alpha', alpha, finite);
    this.alpha = alpha;
  }

  override get type(): string {
    return 'ELU';
  }

  forward(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }
}

/** Computes log(1 + exp(beta x)) / beta, and x where beta x > threshold. */
export class Softplus extends ActivationLayer {
  readonly beta: number;
  readonly threshold: number;

  /**
   * @param beta sharpness of the bend (default 1)
   * @param threshold value of beta x above which the result is x (default 20)
   * @throws RangeError when beta is not a finite number above 0, or the threshold is not finite
   */
  constructor(beta = 1, threshold = 20) {
    super();
    checkValue('Softplus', 'beta', beta, positive);
    checkValue('Softplus', 'threshold', threshold, finite);
    this.beta = beta;
    this.threshold = threshold;
  }

  override get type(): string {
    return 'Softplus';
  }

  forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }
}
