import * as tf from '@tensorflow/tfjs-core';
import { type Activation, forward, type Operations, type Unit } from './network.ts';
import type { Peer } from './peer.ts';
import { foldNorms, permute, type Weight } from './weights.ts';

export type Tensors = Map<string, tf.Tensor>;

/** The network in TensorFlow.js's operations, channels last, on the current backend. */
export function tfjsPeer(device: string): Peer {
  return {
    device,
    async inference(weights, size, side) {
      const folded = foldNorms(weights);
      const tensors: Tensors = new Map([...folded].map(([name, weight]) => [name, toTensor(name, weight)]));
      const operations = inferenceOperations(tensors);
      return async ({ nhwc }) => {
        const logits = tf.tidy(() => forward(operations, folded, tf.tensor4d(nhwc, [size, side, side, 3])));
        const values = await logits.data();
        logits.dispose();
        return values as Float32Array;
      };
    },
    // loaded on demand, since an inference page does not need gradients
    training: async (weights, size, side) =>
      (await import('./tfjs-training.ts')).trainer(weights, size, side),
  };
}

/**
 * Converts weights: tf.conv2d expects [kh, kw, in, out], tf.depthwiseConv2d [kh, kw, C, 1], a matrix product [in, out].
 */
export function toTensor(name: string, { shape, data }: Weight): tf.Tensor {
  if (shape.length === 4) {
    const order = shape[1] === 1 ? [2, 3, 0, 1] : [2, 3, 1, 0];
    return tf.tensor(
      permute(data, shape, order),
      order.map((axis) => shape[axis] as number),
    );
  }
  if (shape.length === 2) return tf.tensor(permute(data, shape, [1, 0]), [...shape].reverse());
  if (shape.length !== 1) throw new Error(`${name} has ${shape.length} axes`);
  return tf.tensor1d(data);
}

export const get = (tensors: Tensors, name: string): tf.Tensor => {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`no weight ${name}`);
  return tensor;
};

/** Operations shared by inference and training. */
export function common(tensors: Tensors): Omit<Operations<tf.Tensor>, 'unit'> {
  return {
    again: (x) => x,
    pointwise: (x, name, activation) =>
      activate(convolve(tensors, x, name, 1, false, get(tensors, `${name}.bias`)), activation),
    linear: (x, name) =>
      tf.fused.matMul({
        a: x as tf.Tensor2D,
        b: get(tensors, `${name}.weight`) as tf.Tensor2D,
        bias: get(tensors, `${name}.bias`),
      }),
    activate,
    add: (x, y) => tf.add(x, y),
    multiply: (x, y) => tf.mul(x, y),
    pool: (x, how, axis) => (how === 'mean' ? tf.mean : tf.max)(x, axis === 'height' ? 1 : 2, true),
    globalPool: (x, keepAxes) => tf.mean(x, [1, 2], keepAxes),
    turn: (x) => {
      const [n, h, w, c] = x.shape as [number, number, number, number];
      return tf.reshape(x, [n, w, h, c]);
    },
    join: (x, y) => tf.concat([x, y], 1),
    halves: (x) => tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor],
  };
}

function inferenceOperations(tensors: Tensors): Operations<tf.Tensor> {
  return {
    ...common(tensors),
    unit: (x, { conv, stride, isDepthwise, activation }: Unit) =>
      activate(convolve(tensors, x, conv, stride, isDepthwise, get(tensors, `${conv}.bias`)), activation),
  };
}

export function convolve(
  tensors: Tensors,
  x: tf.Tensor,
  name: string,
  stride: number,
  isDepthwise: boolean,
  bias: tf.Tensor | undefined,
): tf.Tensor {
  const filter = get(tensors, `${name}.weight`) as tf.Tensor4D;
  // padding k // 2 on every side; 'same' pads only the bottom and right for stride 2
  const pad = (filter.shape[0] as number) >> 1;
  const image = x as tf.Tensor4D;
  if (isDepthwise) {
    return tf.fused.depthwiseConv2d({ x: image, filter, strides: stride, pad, ...(bias && { bias }) });
  }
  return tf.fused.conv2d({ x: image, filter, strides: stride, pad, ...(bias && { bias }) });
}

export function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'hardSigmoid':
      return tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6);
    case 'hardSwish':
      return tf.mul(x, tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6));
  }
}
