import { Conv2d } from '../../layers/conv2d.ts';
import type { CostSheet } from '../../layers/cost-sheet.ts';
import { DepthwiseConv2d } from '../../layers/depthwise-conv2d.ts';
import { Module } from '../../layers/module.ts';
import { add } from '../../tensor/ops/binary.ts';
import { pad } from '../../tensor/ops/pad.ts';
import { maxPool2d } from '../../tensor/ops/pool2d.ts';
import { relu } from '../../tensor/ops/unary.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** Options of a block. */
export interface BlazeBlockOptions {
  input: number;
  output: number;
  stride: number;
  /** whether the input is added to the result */
  residual: boolean;
}

const KERNEL = 3;

/**
 * The block of BlazeFace: relu(pointwise(depthwise(x)) + x). With stride 2 the added input is reduced by a maximum over 2 x
 * 2 pixels. If the block has more output than input channels, the missing channels of the added input are zeros.
 */
export class BlazeBlock extends Module {
  readonly depthwise: DepthwiseConv2d;
  readonly pointwise: Conv2d;
  readonly stride: number;
  readonly residual: boolean;

  constructor({ input, output, stride, residual }: BlazeBlockOptions) {
    super();
    this.depthwise = new DepthwiseConv2d(input, KERNEL, { stride, padding: 'same', bias: false });
    this.pointwise = new Conv2d(input, output, 1);
    this.stride = stride;
    this.residual = residual;
  }

  override get type(): string {
    return 'BlazeBlock';
  }

  forward(x: Tensor): Tensor {
    const y = this.pointwise.call(this.depthwise.call(x));
    return relu(this.residual ? add(y, this.shortcut(x)) : y);
  }

  private shortcut(x: Tensor): Tensor {
    const [, , inputs, outputs] = this.pointwise.weight.shape as [number, number, number, number];
    const reduced = this.stride === 1 ? x : maxPool2d(x, { kernelSize: this.stride });
    if (inputs === outputs) return reduced;
    return pad(reduced, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, outputs - inputs],
    ]);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    return this.pointwise.outputShape(this.depthwise.outputShape(input, costs), costs);
  }
}
