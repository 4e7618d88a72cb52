import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import * as ops from '../../src/tensor/ops/unary.ts';
import { from, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { type UnaryName, unary, unaryDerivatives, unaryFunctions } from '../reference/ops/unary.ts';
import { checkAgainstReference } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

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

test('integers are refused', async () => {
  const x = tensor(await testDevice(), new Uint32Array([1, 2]));
  expect(() => ops.exp(x)).toThrow(/exp: x: got a tensor of type u32/);
});
