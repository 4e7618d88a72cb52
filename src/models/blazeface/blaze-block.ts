import * as kernels from '../../kernels/index.ts';
import { Conv2d } from '../../layers/conv2d.ts';
import type { CostSheet } from '../../layers/cost-sheet.ts';
import { DepthwiseConv2d } from '../../layers/depthwise-conv2d.ts';
import { isTaped } from '../../layers/frozen.ts';
import { Module } from '../../layers/module.ts';
import { add } from '../../tensor/ops/binary.ts';
import { pad } from '../../tensor/ops/pad.ts';
import { maxPool2d } from '../../tensor/ops/pool2d.ts';
import { relu } from '../../tensor/ops/unary.ts';
import type { Shape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';

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
    if (!this.residual) return relu(y);
    return isTaped(this, x) ? relu(add(y, shortcut(x, this.stride, y))) : addShortcut(y, x, this.stride);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    return this.pointwise.outputShape(this.depthwise.outputShape(input, costs), costs);
  }
}

/** Returns the input of a block in the shape of its result y. */
export function shortcut(x: Tensor, stride: number, y: Tensor): Tensor {
  const reduced = stride === 1 ? x : maxPool2d(x, { kernelSize: stride });
  const missing = (y.shape[3] as number) - (x.shape[3] as number);
  if (missing === 0) return reduced;
  return pad(reduced, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, missing],
  ]);
}

/** Computes relu(y + shortcut(x)) in one pass. For inference: it is not taped. */
export function addShortcut(y: Tensor, x: Tensor, stride: number): Tensor {
  const [inputs, channels] = [x, y].map(({ shape }) => shape[3] as number) as [number, number];
  const isVec4 = inputs % 4 === 0 && channels % 4 === 0;
  const per = isVec4 ? 4 : 1;
  const result = empty(y.device, y.shape, 'f32', 'blazeShortcut');
  const count = y.size / per;
  y.device.dispatch(kernels.blazeShortcut, {
    label: 'blazeShortcut',
    bind: { a: y, x, y: result },
    params: { width: y.shape[2] as number, channels4: channels / per, inputs4: inputs / per, count },
    overrides: { STRIDE: stride },
    defines: isVec4 ? {} : { Vec: 'f32' },
    threads: count,
  });
  return result;
}
