import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import * as activations from '../../src/tensor/ops/activation.ts';
import * as unaryOps from '../../src/tensor/ops/unary.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { from, map, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { type UnaryName, unary, unaryDerivatives, unaryFunctions } from '../reference/ops/unary.ts';
import { checkAgainstReference } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const ops = { ...unaryOps, ...activations };
const names = Object.keys(unaryFunctions) as UnaryName[];
const positive = ['log', 'sqrt'];
const shapes = [[], [1], [7], [3, 5], [2, 4, 6], [2, 3, 3, 15], [1, 2, 3, 2, 4]];

describe.each(names)('%s', (name) => {
  test.each(shapes.map((shape) => [shape]))('of shape [%s]', async (shape) => {
    const low = positive.includes(name) ? 0.1 : -7;
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 11, low, 7)],
      run: ([x]) => ops[name](x!),
      reference: ([x]) => unary(name, x!),
    });
  });
});

test.each(['abs', 'relu', 'relu6', 'hardSigmoid', 'hardSwish'] as const)('%s at its kinks', async (name) => {
  const device = await testDevice();
  const values = from([6], [-3, 0, 3, 6, -100, 100]);
  const x = tensor(device, Float32Array.from(values.data), { requiresGrad: true });
  const y = ops[name](x);
  backward(y, { gradient: tensor(device, new Float32Array(6).fill(2)) });
  expectClose(await y.data(), unary(name, values));
  const slopes = Array.from(values.data, (v) => 2 * unaryDerivatives[name](v));
  expectClose(await x.grad!.data(), slopes);
});

test('more elements than one row of workgroups holds', async () => {
  const device = await testDevice();
  const count = 65535 * 64 * 4 + 4 * 67;
  const x = tensor(device, new Float32Array(count).fill(1));
  const y = await ops.neg(x).data();
  expect(y.length).toBe(count);
  expect(y.every((v) => v === -1)).toBe(true);
});

type Check = [string, (x: Tensor) => Tensor, (x: number) => number];
const { gelu, leakyRelu, elu, softplus } = unaryFunctions;
const withConstants: Check[] = [
  ["gelu 'tanh'", (x) => activations.gelu(x, 'tanh'), (v) => gelu(v, 'tanh')],
  ['leakyRelu 0', (x) => activations.leakyRelu(x, 0), (v) => leakyRelu(v, 0)],
  ['leakyRelu -0.5', (x) => activations.leakyRelu(x, -0.5), (v) => leakyRelu(v, -0.5)],
  ['leakyRelu 2', (x) => activations.leakyRelu(x, 2), (v) => leakyRelu(v, 2)],
  ['elu 0.5', (x) => activations.elu(x, 0.5), (v) => elu(v, 0.5)],
  ['elu -2', (x) => activations.elu(x, -2), (v) => elu(v, -2)],
  ['softplus 0.5', (x) => activations.softplus(x, 0.5), (v) => softplus(v, 0.5)],
  ['softplus 3, 2', (x) => activations.softplus(x, 3, 2), (v) => softplus(v, 3, 2)],
  ['softplus 2, -100', (x) => activations.softplus(x, 2, -100), (v) => softplus(v, 2, -100)],
];

test.each(withConstants)('%s', async (_, run, f) => {
  const device = await testDevice();
  for (const shape of [[9], [3, 8]]) {
    await checkAgainstReference(device, {
      inputs: [random(shape, 12, -6, 6)],
      run: ([x]) => run(x!),
      reference: ([x]) => map(x!, f),
    });
  }
});

test.each([
  ['tanh', 'none'],
  ['silu', 'none'],
  ['gelu', 'none'],
  ['gelu', 'tanh'],
  ['elu', 'none'],
  ['softplus', 'none'],
] as const)('%s (%s): relative precision at small and large numbers', async (name, approximate) => {
  const device = await testDevice();
  const list = [1e-30, 1e-8, 1e-3, 0.1, 0.2499, 0.25, 0.2501, 0.7, 2, 5, 8.5, 19.9, 20.1, 50, 1e4, 1e30];
  const values = Float32Array.from(list.flatMap((v) => [v, -v]));
  const x = tensor(device, values, { requiresGrad: true });
  const isTanh = approximate === 'tanh';
  const y = isTanh ? activations.gelu(x, 'tanh') : ops[name](x);
  backward(y, { gradient: tensor(device, new Float32Array(values.length).fill(1)) });
  const f = isTanh ? (v: number) => gelu(v, 'tanh') : unaryFunctions[name];
  const tiny = { rtol: 2e-5, atol: 1e-37 };
  expectClose(
    await y.data(),
    Array.from(values, (v) => f(v)),
    tiny,
  );
  if (!isTanh) {
    const slopes = Array.from(values, (v) => unaryDerivatives[name](v));
    expectClose(await x.grad!.data(), slopes, tiny);
  } else expectClose((await x.grad!.data()).slice(-4), [1, 0, 1, 0]);
});

test('log: relative precision near 1', async () => {
  const steps = [1, 3, 100, 1e4, 1e6, 2.9e6, 5e6].flatMap((n) => [1 + n * 2 ** -23, 1 - n * 2 ** -24]);
  const x = Float32Array.from([...steps, 0.7, 0.71, 1.39, 1.41, 1]);
  const y = await ops.log(tensor(await testDevice(), x)).data();
  expectClose(y, Array.from(x, Math.log), { rtol: 1e-6, atol: 0 });
});

test('constants out of range are refused', async () => {
  const x = tensor(await testDevice(), [1]);
  expect(() => activations.gelu(x, 'erf' as 'tanh')).toThrow(
    "gelu: approximate: got 'erf', expected one of 'none', 'tanh'",
  );
  expect(() => activations.leakyRelu(x, Number.NaN)).toThrow(
    'leakyRelu: negativeSlope: got NaN, expected a number',
  );
  expect(() => activations.elu(x, Number.POSITIVE_INFINITY)).toThrow('elu: alpha: got Infinity');
  expect(() => activations.softplus(x, 0)).toThrow('softplus: beta: got 0, expected a number above 0');
  expect(() => activations.softplus(x, 1, Number.NaN)).toThrow('softplus: threshold: got NaN');
});

test('integers are refused', async () => {
  const x = tensor(await testDevice(), new Uint32Array([1, 2]));
  expect(() => ops.exp(x)).toThrow(/exp: x: got a tensor of type u32/);
});
