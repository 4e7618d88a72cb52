import {
  blockUntilReady,
  defaultDevice,
  type Array as JaxArray,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import { type Arrays, activate, channelBias, common, convolve, toArrays, use } from './jax.ts';
import { forward, type Operations } from './network.ts';
import { ADAM, gradientFromMoment, type Trainer } from './peer.ts';
import type { Weights } from './weights.ts';

/** Training in jax-js: one jit-compiled program for loss, gradients, running statistics and Adam. */
export async function trainer(weights: Weights, size: number, side: number): Promise<Trainer> {
  const isRunning = (name: string) => /running_(mean|var)$/.test(name);
  const pick = (wanted: boolean) => new Map([...weights].filter(([name]) => isRunning(name) === wanted));
  let parameters = toArrays(pick(false));
  let running = toArrays(pick(true));
  let m = zerosLike(parameters);
  let v = zerosLike(parameters);
  let count = 0;

  const loss = (
    parameters: Arrays,
    running: Arrays,
    images: JaxArray,
    target: JaxArray,
  ): [JaxArray, Arrays] => {
    const updated: Arrays = {};
    const logits = forward(trainingOperations(parameters, running, updated), weights, images);
    tree.dispose(parameters);
    tree.dispose(running);
    return [
      nn
        .logSoftmax(logits)
        .mul(target)
        .sum()
        .mul(-1 / size),
      updated,
    ];
  };
  const program = jit(
    (
      parameters: Arrays,
      m: Arrays,
      v: Arrays,
      running: Arrays,
      images: JaxArray,
      target: JaxArray,
      correct: JaxArray,
    ) => {
      const [[value, updated], gradient] = valueAndGrad(loss, { hasAux: true })(
        tree.ref(parameters),
        running,
        images,
        target,
      );
      return [value, updated, ...adam(parameters, gradient as Arrays, m, v, correct)] as [
        JaxArray,
        Arrays,
        Arrays,
        Arrays,
        Arrays,
      ];
    },
  );
  return {
    async step({ nchw, labels }) {
      const images = np.array(nchw, { shape: [size, 3, side, side] });
      const target = np.array(oneHot(labels), { shape: [size, 8] });
      count++;
      const correct = np.array([1 / (1 - ADAM.beta1 ** count), 1 / (1 - ADAM.beta2 ** count)]);
      let value: JaxArray;
      [value, running, parameters, m, v] = program(parameters, m, v, running, images, target, correct);
      const loss = (await value.data())[0] as number;
      // waits for all results: WebAssembly's workers continue after the loss is available and would slow the next
      // measurement; WebGPU's queue is in order
      if (defaultDevice() === 'wasm') await blockUntilReady([parameters, m, v, running]);
      return loss;
    },
    async gradients() {
      const gradients = new Map<string, Float32Array<ArrayBuffer>>();
      for (const [name, moment] of Object.entries(m)) {
        gradients.set(name, gradientFromMoment((await moment.ref.data()) as Float32Array<ArrayBuffer>));
      }
      return gradients;
    },
  };
}

/** Applies Adam to every parameter and consumes its arguments. `correct` is 1 / (1 - beta^t) for both averages. */
function adam(
  parameters: Arrays,
  gradient: Arrays,
  m: Arrays,
  v: Arrays,
  correct: JaxArray,
): [Arrays, Arrays, Arrays] {
  const [first, second] = np.split(correct, 2) as [JaxArray, JaxArray];
  const next: [Arrays, Arrays, Arrays] = [{}, {}, {}];
  const { beta1, beta2, eps, learningRate } = ADAM;
  for (const [name, parameter] of Object.entries(parameters)) {
    const g = gradient[name] as JaxArray;
    const mean = (m[name] as JaxArray).mul(beta1).add(g.ref.mul(1 - beta1));
    const square = (v[name] as JaxArray).mul(beta2).add(np.square(g).mul(1 - beta2));
    const root = np.sqrt(square.ref.mul(second.ref)).add(eps);
    next[0][name] = parameter.sub(mean.ref.mul(first.ref).div(root).mul(learningRate));
    next[1][name] = mean;
    next[2][name] = square;
  }
  first.dispose();
  second.dispose();
  return next;
}

const zerosLike = (arrays: Arrays): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, np.zeros([...shape])]));

function oneHot(labels: Uint32Array): Float32Array<ArrayBuffer> {
  const target = new Float32Array(8 * labels.length);
  labels.forEach((label, i) => {
    target[8 * i + label] = 1;
  });
  return target;
}

/** Normalizes by batch statistics and stores the new running statistics in `updated`. */
function trainingOperations(parameters: Arrays, running: Arrays, updated: Arrays): Operations<JaxArray> {
  return {
    ...common(parameters),
    unit(x, { conv, norm, eps, momentum, stride, isDepthwise, activation, biasTimes }) {
      let y = convolve(parameters, x, conv, stride, isDepthwise);
      if (parameters[`${conv}.bias`]) y = y.add(channelBias(parameters, conv, biasTimes));
      const [n, c, h, w] = y.shape as [number, number, number, number];
      const count = n * h * w;
      const mean = np.mean(y.ref, [0, 2, 3], { keepdims: true });
      const centered = y.sub(mean.ref);
      const variance = np.mean(np.square(centered.ref), [0, 2, 3], { keepdims: true });
      const follow = (part: string, batch: JaxArray) => {
        const before = use(running, `${norm}.${part}`).mul(1 - momentum);
        updated[`${norm}.${part}`] = before.add(lax.stopGradient(batch.reshape([c])).mul(momentum));
      };
      follow('running_mean', mean);
      follow('running_var', variance.ref.mul(count / (count - 1)));
      const scale = use(parameters, `${norm}.weight`).reshape([c, 1, 1]);
      const shift = use(parameters, `${norm}.bias`).reshape([c, 1, 1]);
      const normed = centered
        .div(np.sqrt(variance.add(eps)))
        .mul(scale)
        .add(shift);
      return activate(normed, activation);
    },
  };
}
