import type { Activation } from '../tensor/ops/batch-norm.ts';
import { linear, linearFused } from '../tensor/ops/matmul.ts';
import { type Shape, show, sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { type Init, uniformFanIn } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** What `Linear` takes. */
export interface LinearOptions {
  bias?: boolean;
  /** weights' first values; PyTorch's uniform +-1/sqrt(in) when left out */
  init?: Init;
  biasInit?: Init;
}

/** y = x W + b over the last axis, [..., in] to [..., out]. */
export class Linear extends Module {
  /** [in, out] */
  readonly weight: Parameter;
  /** [out]; null where it was left out */
  readonly bias: Parameter | null;

  constructor(inputs: number, outputs: number, options: LinearOptions = {}) {
    super();
    const init = options.init ?? uniformFanIn(inputs);
    this.weight = new Parameter([inputs, outputs], init, 'linear');
    this.bias =
      (options.bias ?? true) ? new Parameter([outputs], options.biasInit ?? uniformFanIn(inputs)) : null;
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value ?? null);
  }

  /** Internal, for inference: with an activation in the same pass, which is not taped. */
  fused(x: Tensor, activation: Activation): Tensor {
    return linearFused(x, this.weight.value, this.bias?.value ?? null, activation);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [inputs, outputs] = this.weight.shape as [number, number];
    if (input.at(-1) !== inputs) {
      throw new Error(
        `${this.path || 'Linear'}: input ${show(input)} must have ${inputs} features on its last axis`,
      );
    }
    const output = [...input.slice(0, -1), outputs];
    return costs?.add(this, output, sizeOf(output) * inputs) ?? output;
  }
}
