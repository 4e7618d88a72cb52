// The networks by name against PyTorch and torchvision: names and shapes of the state dict, logits, and the gradients of
// one training step. scripts/torch-parity.py writes the expected values and explains them; weights come from a hash that
// both sides compute.
import { describe, expect, test } from 'vitest';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { torchShape, toTorch } from '../../src/layers/torch-layout.ts';
import type { ModelName } from '../../src/models/names.ts';
import type { Network } from '../../src/models/network.ts';
import { getModel, listModels } from '../../src/models/registry.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { crossEntropy } from '../../src/tensor/ops/cross-entropy.ts';
import { scope } from '../../src/tensor/scope.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { testDevice } from '../support/device.ts';
import parity from './torch-parity.json' with { type: 'json' };

type Expected = {
  parameters: number;
  salt: number;
  /** variance of the weights, multiplied by three times the fan-in */
  gain: number;
  logits: number[];
  loss: number;
  /** norms of all running means and of all running variances after the step */
  running: number[];
  /** per parameter: shape, norm of the gradient, and its projection on a vector of signs */
  gradients: Record<string, [number[], number, number]>;
};

const { batch, side, classes } = parity;
const networks = parity.networks as unknown as Record<string, Expected>;

/** Returns the FNV-1a hash of the characters. */
function textHash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

/** `count` numbers in [-1, 1) that depend on the name only; plain loops, since the networks have 50 million of them. */
function uniform(name: string, count: number): Float64Array {
  const start = textHash(name);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.imul(i, 0x9e3779b1) + start;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    values[i] = ((x ^ (x >>> 16)) >>> 8) / 2 ** 23 - 1;
  }
  return values;
}

function entryOf(
  name: string,
  shape: number[],
  { gain, isShifted }: { gain: number; isShifted: boolean },
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(uniform(name, sizeOf(shape)));
  const scale = Math.sqrt(gain / sizeOf(shape.slice(1)));
  const [center, spread] = name.endsWith('running_var')
    ? [1, 0.3]
    : shape.length > 1
      ? [0, scale]
      : name.endsWith('weight')
        ? [1, 0.3]
        : isShifted
          ? [2, 0.5]
          : [0, 0.1];
  for (let i = 0; i < values.length; i++) values[i] = center + spread * values[i]!;
  return values;
}

/**
 * Returns states as in PyTorch's `state_dict()`: one for evaluation, and one for training, in which the shifts of batch
 * norm are far from 0.
 */
function statesOf(model: Network, { gain, gradients }: Expected): [StateDict, StateDict] {
  const buffers = [...model.namedBuffers()].filter(([, { persistent }]) => persistent);
  const all: [string, number[]][] = [
    ...Object.entries(gradients).map(([name, [shape]]): [string, number[]] => [name, shape]),
    ...buffers.map(([name, { shape }]): [string, number[]] => [name, [...shape]]),
  ];
  const state: StateDict = new Map(
    all.map(([name, shape]) => [name, { shape, data: entryOf(name, shape, { gain, isShifted: false }) }]),
  );
  const shifted = new Map(state);
  for (const [buffer] of buffers) {
    const name = buffer.replace(/\.running_\w+$/, '.bias');
    const shape = gradients[name]?.[0];
    if (shape) shifted.set(name, { shape, data: entryOf(name, shape, { gain, isShifted: true }) });
  }
  return [state, shifted];
}

function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** Returns the scalar product with a vector of signs that depend on the name. */
function projectionOf(name: string, values: ArrayLike<number>): number {
  const signs = uniform(`${name} signs`, values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += signs[i]! < 0 ? -values[i]! : values[i]!;
  return sum;
}

const torchNetworks = listModels().filter((name) => name !== 'fer_mobilenetv3');

test('the file has every network', () => {
  expect(Object.keys(networks).sort()).toEqual([...torchNetworks].sort());
});

describe.each(torchNetworks)('%s', (name: ModelName) => {
  const expected = networks[name] as Expected;
  const make = () => getModel(name, { classes, dropout: 0, stochasticDepth: 0 }) as Network;

  test('names and shapes equal those of PyTorch’s state dict', () => {
    const model = make();
    const ours = [...model.namedParameters()].map(([key, { shape, layout }]) => [
      key,
      torchShape(shape, layout),
    ]);
    const theirs = Object.entries(expected.gradients).map(([key, [shape]]) => [key, shape]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
    expect(model.parameterCount()).toBe(expected.parameters);
  });

  test('logits within 1e-4, and the gradients of one training step within 1e-3', async () => {
    const device = await testDevice();
    const model = make().to(device);
    const [state, shifted] = statesOf(model, expected);
    model.loadStateDict(state);
    const pixels = Float32Array.from(uniform(`images ${expected.salt}`, batch * side * side * 3));
    const images = tensor(
      device,
      pixels.map((value) => 1.5 * value),
      { shape: [batch, side, side, 3] },
    );
    const labels = tensor(
      device,
      Uint32Array.from({ length: batch }, (_, i) => (3 * i + 1) % classes),
    );

    const greatest = Math.max(...expected.logits.map(Math.abs));
    const taped = model.eval().call(images);
    const inferred = noGrad(() => model.call(images));
    for (const logits of [taped, inferred]) {
      const values = await logits.data();
      expect(values.length).toBe(expected.logits.length);
      const errors = expected.logits.map((value, i) => Math.abs(value - (values[i] as number)) / greatest);
      expect(Math.max(...errors)).toBeLessThan(1e-4);
      logits.dispose();
    }

    model.loadStateDict(shifted);
    const loss = scope(() => {
      const value = crossEntropy(model.train().call(images), labels);
      backward(value);
      return value;
    });
    expect(Math.abs((await loss.item()) / expected.loss - 1)).toBeLessThan(1e-4);
    // a gradient that is mathematically zero, such as that of a bias before a batch norm, is rounding noise
    const floor = 1e-6 * Math.max(...Object.values(expected.gradients).map(([, size]) => size));
    const faults: string[] = [];
    for (const [key, { value, shape, layout }] of model.namedParameters()) {
      const gradient = toTorch((await value.grad!.data()) as Float32Array, shape, layout);
      const [, size, projection] = expected.gradients[key] as [number[], number, number];
      const share =
        Math.max(Math.abs(norm(gradient) - size), Math.abs(projectionOf(key, gradient) - projection)) /
        (1e-3 * size + floor);
      if (!(share <= 1)) faults.push(`${key}: ${share.toFixed(2)} of the allowance`);
    }
    expect(faults).toEqual([]);
    const ofKind = (kind: string) =>
      [...model.namedBuffers()].filter(([key]) => key.endsWith(kind)).map(([, { value }]) => value.data());
    for (const [i, kind] of ['running_mean', 'running_var'].entries()) {
      const values = (await Promise.all(ofKind(kind))).flatMap((data) => [...data]);
      expect(Math.abs(norm(values) - expected.running[i]!)).toBeLessThanOrEqual(1e-4 * expected.running[i]!);
    }
    for (const one of [loss, images, labels]) one.dispose();
    model.dispose();
  });
});
