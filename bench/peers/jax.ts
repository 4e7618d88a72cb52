import { defaultDevice, init, type Array as JaxArray, jit, lax, nn, numpy as np, tree } from '@jax-js/jax';
import { type Activation, forward, type Operations } from './network.ts';
import type { Peer } from './peer.ts';
import { foldNorms, type Weight, type Weights } from './weights.ts';

export type Arrays = Record<string, JaxArray>;

/** The network in jax-js's operations, channels first; each call is one jit-compiled program. */
export async function jaxPeer(device: 'webgpu' | 'wasm', words: string): Promise<Peer> {
  const available = await init(device);
  if (!available.includes(device))
    throw new Error(`jax-js offers no ${device} here: ${available.join(', ')}`);
  defaultDevice(device);
  return {
    device: words,
    async inference(weights, size, side) {
      const folded = foldNorms(weights);
      const parameters = toArrays(folded);
      const program = jit((parameters: Arrays, images: JaxArray) => {
        const logits = forward(inferenceOperations(parameters), folded, images);
        tree.dispose(parameters);
        return logits;
      });
      return async ({ nchw }) => {
        const images = np.array(nchw, { shape: [size, 3, side, side] });
        return (await program(tree.ref(parameters), images).data()) as Float32Array;
      };
    },
    // loaded on demand, since an inference page does not need it
    training: async (weights, size, side) => (await import('./jax-training.ts')).trainer(weights, size, side),
  };
}

export const toArrays = (weights: Weights): Arrays =>
  Object.fromEntries(
    [...weights].map(([name, { data, shape }]: [string, Weight]) => [
      name,
      np.array(data, { shape: [...shape] }),
    ]),
  );

/** Returns another reference to a weight; the programs dispose of all references at their end. */
export function use(parameters: Arrays, name: string): JaxArray {
  const array = parameters[name];
  if (!array) throw new Error(`no weight ${name}`);
  return array.ref;
}

/** Operations shared by inference and training. */
export function common(parameters: Arrays): Omit<Operations<JaxArray>, 'unit'> {
  return {
    again: (x) => x.ref,
    pointwise: (x, name, activation) =>
      activate(convolve(parameters, x, name, 1, false).add(channelBias(parameters, name, 1)), activation),
    linear: (x, name) =>
      np.matmul(x, np.transpose(use(parameters, `${name}.weight`))).add(use(parameters, `${name}.bias`)),
    activate,
    add: (x, y) => x.add(y),
    multiply: (x, y) => x.mul(y),
    pool: (x, how, axis) => np[how](x, axis === 'height' ? 2 : 3, { keepdims: true }),
    globalPool: (x, keepAxes) => np.mean(x, [2, 3], { keepdims: keepAxes }),
    turn: (x) => {
      const [n, c, h, w] = x.shape as [number, number, number, number];
      return x.reshape([n, c, w, h]);
    },
    join: (x, y) => np.concatenate([x, y], 2),
    halves: (x) => np.split(x, 2, 2) as [JaxArray, JaxArray],
  };
}

function inferenceOperations(parameters: Arrays): Operations<JaxArray> {
  return {
    ...common(parameters),
    unit: (x, { conv, stride, isDepthwise, activation }) =>
      activate(
        convolve(parameters, x, conv, stride, isDepthwise).add(channelBias(parameters, conv, 1)),
        activation,
      ),
  };
}

export function channelBias(parameters: Arrays, conv: string, times: number): JaxArray {
  const bias = use(parameters, `${conv}.bias`);
  const column = bias.reshape([bias.shape[0] as number, 1, 1]);
  return times === 1 ? column : column.mul(times);
}

export function convolve(
  parameters: Arrays,
  x: JaxArray,
  name: string,
  stride: number,
  isDepthwise: boolean,
): JaxArray {
  const filter = use(parameters, `${name}.weight`);
  const [filters = 1, inputs = 1, kernel = 1] = filter.shape;
  if (kernel === 1) {
    // as a matrix product, which is twice as fast as the convolution on WebAssembly and no slower on WebGPU
    const [n, , h, w] = x.shape as [number, number, number, number];
    const pixels = x.reshape([n, inputs, h * w]);
    const product = np.einsum('oc,ncp->nop', filter.reshape([filters, inputs]), pixels);
    return product.reshape([n, filters, h, w]);
  }
  const pad = kernel >> 1;
  return lax.convGeneralDilated(
    x,
    filter,
    [stride, stride],
    [
      [pad, pad],
      [pad, pad],
    ],
    isDepthwise ? { featureGroupCount: filters } : {},
  );
}

export function activate(x: JaxArray, activation: Activation): JaxArray {
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return nn.relu(x);
    case 'sigmoid':
      return nn.sigmoid(x);
    case 'hardSigmoid':
      return nn.hardSigmoid(x);
    case 'hardSwish':
      return nn.hardSwish(x);
  }
}
