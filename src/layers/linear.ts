import { boolean, checkCounts, checkOptions, type OptionRules } from '../gpu/check-options.ts';
import { ShapeError } from '../tensor/errors.ts';
import type { Activation } from '../tensor/ops/batch-norm.ts';
import { linear, linearFused } from '../tensor/ops/matmul.ts';
import { type Shape, show, sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { type Init, initRule, uniformFanIn } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Options of `Linear`. */
export interface LinearOptions {
  /** whether a bias is added (default true) */
  bias?: boolean;
  /** initial values of the weights (default PyTorch's: uniform within +-1 / sqrt(in)) */
  init?: Init;
  /** initial values of the bias (default uniform within +-1 / sqrt(in)) */
  biasInit?: Init;
}

const OPTIONS: OptionRules<LinearOptions> = { bias: boolean, init: initRule, biasInit: initRule };

/** Computes y = x W + b over the last axis, [..., in] to [..., out]. */
export class Linear extends Module {
  /** [in, out] */
  readonly weight: Parameter;
  /** [out]; null with `bias: false` */
  readonly bias: Parameter | null;

  /** @throws Error when a size is not a positive integer, or an option is unknown or of the wrong type */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkCounts('Linear', { inFeatures, outFeatures });
    checkOptions('Linear', options, OPTIONS);
    const init = options.init ?? uniformFanIn(inFeatures);
    this.weight = new Parameter([inFeatures, outFeatures], init, 'linear');
    this.bias =
      (options.bias ?? true)
        ? new Parameter([outFeatures], options.biasInit ?? uniformFanIn(inFeatures))
        : null;
  }

  override get type(): string {
    return 'Linear';
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight.value, this.bias?.value ?? null);
  }

  /** Internal, for inference: fuses an activation; not recorded on the tape. */
  fused(x: Tensor, activation: Activation): Tensor {
    return linearFused(x, this.weight.value, this.bias?.value ?? null, activation);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const [inputs, outputs] = this.weight.shape as [number, number];
    if (input.at(-1) !== inputs) {
      throw new ShapeError(
        `${this.path || 'Linear'}: input: got shape ${show(input)}, expected ${inputs} features on the last axis`,
      );
    }
    const output = [...input.slice(0, -1), outputs];
    return costs?.add(this, output, sizeOf(output) * inputs) ?? output;
  }
}
