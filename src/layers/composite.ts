import { add } from '../tensor/ops/binary.ts';
import { channelGate } from '../tensor/ops/channel-gate.ts';
import { channelShuffle } from '../tensor/ops/channel-shuffle.ts';
import { concat } from '../tensor/ops/concat.ts';
import { globalAvgPool } from '../tensor/ops/global-avg-pool.ts';
import { pad } from '../tensor/ops/pad.ts';
import { flatten } from '../tensor/ops/reshape.ts';
import { slice } from '../tensor/ops/slice.ts';
import { relu } from '../tensor/ops/unary.ts';
import { imageShape, type Shape, sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { BatchNorm2d } from './batch-norm2d.ts';
import type { Conv2d } from './conv2d.ts';
import type { CostSheet } from './cost-sheet.ts';
import type { DepthwiseConv2d } from './depthwise-conv2d.ts';
import { Module } from './module.ts';
import { normedConvolution } from './normed-convolution.ts';

/**
 * The steps that a `Composite` consists of. V is a tensor when the network runs, a shape when its costs are counted,
 * and the name of a value when it is exported to ONNX. Images are [N, H, W, C].
 */
export interface Steps<V> {
  /** runs a module; adds `residual`, of the shape of its output, if given; modules with `addsResidual` may fuse it */
  call(module: Module, x: V, residual?: V): V;
  /** convolution, batch norm and its activation; adds `residual` if given */
  convNorm(conv: Conv2d | DepthwiseConv2d, norm: BatchNorm2d, x: V, residual?: V): V;
  /** a + b */
  add(a: V, b: V): V;
  /** max(x, 0) */
  relu(x: V): V;
  /** concatenates along the channels */
  concat(a: V, b: V): V;
  /** the channels from `from` (inclusive) to `to` (exclusive) */
  channels(x: V, from: number, to: number): V;
  /** adds channels of zeros before and after */
  padChannels(x: V, before: number, after: number): V;
  /** channel g * channels / groups + c moves to channel c * groups + g */
  shuffle(x: V, groups: number, channels: number): V;
  /** mean over the pixels, [N, 1, 1, C] */
  mean(x: V): V;
  /** x times the activation of a gate [N, 1, 1, C] */
  gate(x: V, gate: V, activation: 'hardSigmoid' | 'sigmoid'): V;
  /** [N, ...] to [N, rest] */
  flatten(x: V): V;
}

/** A module whose computation is defined once, for tensors, shapes and ONNX. */
export abstract class Composite extends Module {
  /** Computes the output using only the given steps. */
  abstract compose<V>(on: Steps<V>, x: V, residual?: V): V;

  forward(x: Tensor, residual?: Tensor): Tensor {
    return this.compose(onTensors, x, residual);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    return this.compose(onShapes(this, costs), input);
  }
}

/** The steps as operations on tensors. */
export const onTensors: Steps<Tensor> = {
  call(module, x, residual) {
    if (residual && 'addsResidual' in module) return module.call(x, residual);
    return residual ? add(module.call(x), residual) : module.call(x);
  },
  convNorm(conv, norm, x, residual) {
    // no kernel adds a residual to a convolution with a window, so norm and activation are fused without it
    const isSplit = residual && !norm.training && conv.kernelSize.some((n) => n > 1);
    return isSplit
      ? add(normedConvolution(conv, norm, x), residual)
      : normedConvolution(conv, norm, x, residual);
  },
  add,
  relu,
  concat: (a, b) => concat([a, b], 3),
  channels(x, from, to) {
    const [n, h, w] = x.shape as [number, number, number, number];
    return slice(x, [0, 0, 0, from], [n, h, w, to]);
  },
  padChannels: (x, before, after) => pad(x, [[0, 0], [0, 0], [0, 0], [before, after]]), // biome-ignore format: one line
  shuffle: channelShuffle,
  mean: globalAvgPool,
  gate: channelGate,
  flatten,
};

/** Returns the steps on shapes, which add the costs of `owner` to `costs`. */
export function onShapes(owner: Module, costs: CostSheet | undefined): Steps<Shape> {
  const row = (shape: Shape): Shape => costs?.add(owner, shape) ?? shape;
  const withChannels = (x: Shape, count: (channels: number) => number): Shape => {
    const [n, h, w, c] = imageShape(owner.type, x);
    return row([n, h, w, count(c)]);
  };
  return {
    call(module, x, residual) {
      const shape = module.outputShape(x, costs);
      return residual ? row(shape) : shape;
    },
    convNorm: (conv, norm, x) => norm.outputShape(conv.outputShape(x, costs), costs),
    add: row,
    relu: row,
    concat: (a, b) => withChannels(a, (c) => c + (b[3] as number)),
    channels: (x, from, to) => withChannels(x, () => to - from),
    padChannels: (x, before, after) => withChannels(x, (c) => before + c + after),
    shuffle: row,
    mean([n = 1, , , c = 1]) {
      return row([n, 1, 1, c]);
    },
    gate: row,
    flatten: ([n = 1, ...rest]) => [n, sizeOf(rest)],
  };
}
