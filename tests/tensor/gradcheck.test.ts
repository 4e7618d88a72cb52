import { describe, expect, test } from 'vitest';
import { rand, randn, tensor } from '../../src/tensor/create.ts';
import { assertGradcheck, GradcheckError, gradcheck } from '../../src/tensor/gradcheck.ts';
import { add, div, mul, sub } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import { concat } from '../../src/tensor/ops/concat.ts';
import { maximum } from '../../src/tensor/ops/extremum.ts';
import { gatherRows } from '../../src/tensor/ops/gather.ts';
import { matmul } from '../../src/tensor/ops/matmul.ts';
import { pad } from '../../src/tensor/ops/pad.ts';
import { permute } from '../../src/tensor/ops/permute.ts';
import { pow } from '../../src/tensor/ops/pow.ts';
import { max, mean } from '../../src/tensor/ops/reduce.ts';
import { slice } from '../../src/tensor/ops/slice.ts';
import { logSoftmax, softmax } from '../../src/tensor/ops/softmax.ts';
import { exp, hardSwish, log, sigmoid, sqrt } from '../../src/tensor/ops/unary.ts';
import { scope } from '../../src/tensor/scope.ts';
import { differentiable } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { testDevice } from '../support/device.ts';

type Fn = (...inputs: Tensor[]) => Tensor;

const cases: [string, number[][], Fn][] = [
  ['one identity', [[3]], (x) => x!],
  ['a product and a quotient', [[3, 5], [5]], (a, b) => div(mul(a!, b!), add(b!, 3))],
  ['powers', [[7], []], (a, b) => pow(a!, b!)],
  ['exponentials', [[2, 15]], (x) => log(add(exp(x!), sqrt(x!)))],
  ['a small network', [[4, 6], [6, 5], [5]], (x, w, b) => logSoftmax(hardSwish(add(matmul(x!, w!), b!)))],
  ['a slope that is 0 everywhere', [[3, 4]], (x) => sum(softmax(x!), 1)],
  [
    'movement',
    [
      [2, 3],
      [2, 2],
    ],
    (a, b) =>
      pad(slice(permute(concat([a!, b!], 1), [1, 0]), [1, 0], [5, 2]), [
        [1, 0],
        [0, 1],
      ]),
  ],
  ['extrema', [[4, 9]], (x) => max(maximum(x!, 0.7), 1)],
  ['a scalar', [[5, 21]], (x) => mean(mul(sigmoid(x!), x!))],
];

describe('agrees on', () => {
  test.each(cases)('%s', async (_, shapes, fn) => {
    const device = await testDevice();
    const inputs = shapes.map((shape, i) => rand(device, shape, { seed: 20 + i, low: 0.3, high: 2 }));
    const result = await assertGradcheck(fn, inputs);
    expect(result.failures).toEqual([]);
    const sizes = inputs.reduce((total, input) => total + Math.min(64, input.size), 0);
    expect(result.checked).toBe(sizes);
  });

  test('functions of integers and f32, passing integers on', async () => {
    const device = await testDevice();
    const table = randn(device, [4, 3], { seed: 2 });
    const rows = tensor(device, new Uint32Array([1, 1, 3]));
    const result = await assertGradcheck((t, i) => exp(gatherRows(t!, i!)), [table, rows]);
    expect(result.checked).toBe(12);
  });

  test.each([1e-4, 1, 1e4])('inputs of size %f, and a sample of many elements', async (scale) => {
    const device = await testDevice();
    const x = randn(device, [40, 21], { seed: 3, std: scale });
    const fn: Fn = (x) => mul(x!, mul(x!, 1 / scale));
    const result = await assertGradcheck(fn, [x], { maxElements: 20 });
    expect(result.checked).toBe(20);
    expect(await gradcheck(fn, [x], { maxElements: 20 })).toEqual(result);
  });
});

/** x^2, whose gradient is multiplied by `slope` at one element. */
const wrongAt =
  (element: number, slope: number): Fn =>
  (x) => {
    const y = scope(() => mul(x!.detach(), x!.detach()));
    return differentiable('wrong', y, [x!], (save) => {
      const saved = save(x!);
      return (dy) => {
        const factor = new Float32Array(saved.size).fill(2);
        factor[element] = 2 * slope;
        return [mul(mul(dy, saved), tensor(saved.device, factor, { shape: saved.shape }))];
      };
    });
  };

test('names the wrong element', async () => {
  const device = await testDevice();
  const good = rand(device, [4], { seed: 1, low: 1, high: 2 });
  const x = rand(device, [3, 5], { seed: 2, low: 1, high: 2 });
  const fn: Fn = (a, b) => sub(sum(wrongAt(7, 1.1)(b!)), sum(a!));
  const result = await gradcheck(fn, [good, x]);
  expect(result.passed).toBe(false);
  expect(result.failures.length).toBe(1);
  expect(result.worst).toMatchObject({ input: 1, element: 7, index: [1, 2] });
  expect(result.worst.tape / result.worst.difference).toBeCloseTo(1.1, 2);
  await expect(assertGradcheck(fn, [good, x])).rejects.toThrow(GradcheckError);
  await expect(assertGradcheck(fn, [good, x])).rejects.toThrow(
    /1 of 19 slopes differ. Worst: input 1, element 7 \(index \[1, 2\] of \[3, 5\]\): the tape gives 3?[\d.]+, central differences give [\d.]+/,
  );
  expect((await gradcheck(fn, [good, x], { rtol: 0.2 })).passed).toBe(true);
});

test('detects a NaN and a function that is not taped', async () => {
  const device = await testDevice();
  const x = rand(device, [4], { seed: 1, low: 1, high: 2 });
  expect((await gradcheck(wrongAt(2, Number.NaN), [x])).worst.element).toBe(2);
  const left = await gradcheck((x) => mul(x!.detach(), 2), [x]);
  expect([left.passed, left.failures.length, left.worst.tape]).toEqual([false, 4, 0]);
});

test('does not change inputs, gradients and memory', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2, 3], { requiresGrad: true });
  const before = device.memory().liveBytes;
  await assertGradcheck((x) => exp(x!), [x]);
  await gradcheck(wrongAt(0, 2), [x]);
  await expect(gradcheck((x) => cast(x!, 'u32'), [x])).rejects.toThrow(/type u32; only f32 has gradients/);
  expect(device.memory().liveBytes).toBe(before);
  expect([x.grad, x.requiresGrad]).toEqual([null, true]);
  expect([...(await x.data())]).toEqual([1, 2, 3]);
  await expect(gradcheck((x) => x!, [tensor(device, new Uint32Array(2))])).rejects.toThrow(
    /no input is of type f32/,
  );
});
