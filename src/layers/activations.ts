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
