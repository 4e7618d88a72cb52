import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { forward, type Operations } from './network.ts';
import { ADAM, gradientFromMoment, type Trainer } from './peer.ts';
import { activate, common, convolve, get, type Tensors, toTensor } from './tfjs.ts';
import { permute, type Weights } from './weights.ts';

/** Training in TensorFlow.js: its Adam, batch norm by batch statistics, running statistics. */
export async function trainer(weights: Weights, size: number, side: number): Promise<Trainer> {
  const tensors: Tensors = new Map();
  const parameters = new Map<string, tf.Variable>();
  for (const [name, weight] of weights) {
    const isParameter = !/running_(mean|var)$/.test(name);
    const variable = tf.variable(toTensor(name, weight), isParameter, name);
    if (isParameter) parameters.set(name, variable);
    tensors.set(name, variable);
  }
  const optimizer = tf.train.adam(ADAM.learningRate, ADAM.beta1, ADAM.beta2, ADAM.eps);
  const operations = trainingOperations(tensors);
  const variables = [...parameters.values()];
  return {
    async step({ nhwc, labels }) {
      const loss = tf.tidy((): tf.Scalar => {
        const images = tf.tensor4d(nhwc, [size, side, side, 3]);
        const target = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 8);
        const cost = () =>
          tf.losses.softmaxCrossEntropy(target, forward(operations, weights, images)) as tf.Scalar;
        return optimizer.minimize(cost, true, variables) as tf.Scalar; // null without its `true`
      });
      const [value] = await loss.data();
      loss.dispose();
      return value as number;
    },
    async gradients() {
      const gradients = new Map<string, Float32Array<ArrayBuffer>>();
      // [iterations, first moments..., second moments...] in the order of the variables
      const state = await optimizer.getWeights();
      for (const [i, name] of [...parameters.keys()].entries()) {
        const moment = (state[1 + i] as (typeof state)[number]).tensor;
        const values = gradientFromMoment((await moment.data()) as Float32Array<ArrayBuffer>);
        const order = torchOrder(moment.shape);
        gradients.set(name, order ? permute(values, moment.shape, order) : values);
      }
      return gradients;
    },
  };
}

/** Converts back to PyTorch's layout; only depthwise filters have a last axis of length 1. */
function torchOrder({ length, 3: last }: readonly number[]): readonly number[] | undefined {
  if (length === 4) return last === 1 ? [2, 3, 0, 1] : [3, 2, 0, 1];
  return length === 2 ? [1, 0] : undefined;
}

function trainingOperations(tensors: Tensors): Operations<tf.Tensor> {
  return {
    ...common(tensors),
    unit(x, { conv, norm, eps, momentum, stride, isDepthwise, activation, biasTimes }) {
      const bias = tensors.get(`${conv}.bias`);
      const y = convolve(tensors, x, conv, stride, isDepthwise, bias && tf.mul(bias, biasTimes));
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      const count = y.size / (y.shape.at(-1) as number);
      follow(get(tensors, `${norm}.running_mean`) as tf.Variable, mean, momentum);
      follow(
        get(tensors, `${norm}.running_var`) as tf.Variable,
        tf.mul(variance, count / (count - 1)),
        momentum,
      );
      const offset = get(tensors, `${norm}.bias`) as tf.Tensor1D;
      const scale = get(tensors, `${norm}.weight`) as tf.Tensor1D;
      const normed = tf.batchNorm(
        y as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset,
        scale,
        eps,
      );
      return activate(normed, activation);
    },
  };
}

function follow(running: tf.Variable, batch: tf.Tensor, momentum: number): void {
  running.assign(tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, momentum)));
}
