import { expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { add, mul, sub } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { reshape } from '../../src/tensor/ops/reshape.ts';
import { exp, neg, relu } from '../../src/tensor/ops/unary.ts';
import { isGradEnabled, noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { testDevice } from '../support/device.ts';

const leaf = async (...values: number[]) => tensor(await testDevice(), values, { requiresGrad: true });
const grad = async (x: Tensor) => (x.grad ? [...(await x.grad.data())] : null);

test('gradients accumulate over backward passes', async () => {
  const x = await leaf(1, 2);
  backward(sum(mul(x, 3)));
  backward(sum(mul(x, x)));
  expect(await grad(x)).toEqual([5, 7]);
  x.grad!.dispose();
  x.grad = null;
  backward(sum(x));
  expect(await grad(x)).toEqual([1, 1]);
});

test('gradients of leaves and results that are used several times are summed', async () => {
  const x = await leaf(2, 3);
  const y = mul(x, x);
  const z = add(mul(y, x), y); // x^3 + x^2
  backward(sum(add(z, sub(x, y)))); // x^3 + x
  expect(await grad(x)).toEqual([13, 28]);
});

test('a gradient shared by two inputs is not added to in place', async () => {
  const a = await leaf(1, 2);
  const b = await leaf(3, 4);
  const gradient = tensor(a.device, [10, 20]);
  const y = add(a, b);
  backward(y, { gradient, retainGraph: true });
  backward(y, { gradient });
  expect(await grad(a)).toEqual([20, 40]);
  expect(await grad(b)).toEqual([20, 40]);
  expect([...(await gradient.data())]).toEqual([10, 20]);
});

test('a leaf shares the memory of its gradient neither with another leaf nor with the caller', async () => {
  const [a, b, c] = [await leaf(1, 2), await leaf(3, 4), await leaf(5, 6)];
  const gradient = tensor(a.device, [10, 20]);
  backward(add(add(a, b), reshape(c, [2])), { gradient });
  gradient.write([0, 0]);
  a.grad!.write([7, 7]);
  b.grad!.write([8, 8]);
  expect(await grad(c)).toEqual([10, 20]);
  expect([await grad(a), await grad(b)]).toEqual([
    [7, 7],
    [8, 8],
  ]);
});

test('an unshared gradient is used without a copy', async () => {
  const x = await leaf(1, 2);
  const y = sum(exp(x));
  await x.device.sync();
  const before = x.device.stats.dispatches;
  backward(y);
  await x.device.sync();
  // ones, their expansion, and the slope of exp
  expect(x.device.stats.dispatches - before).toBe(3);
});

test('gradBuffer receives the gradient, from plain and from shared results', async () => {
  const x = await leaf(1, -2);
  const home = zeros(x.device, [2]);
  x.gradBuffer = home;
  backward(sum(relu(x)));
  expect([...(await home.data())]).toEqual([1, 0]);
  backward(sum(add(x, x)));
  expect([...(await home.data())]).toEqual([3, 2]);
  expect(await grad(x)).toEqual([3, 2]);
});

test('detach and noGrad end the tape', async () => {
  const x = await leaf(2);
  const y = mul(x, x);
  const cut = y.detach();
  expect([cut.requiresGrad, y.requiresGrad]).toEqual([false, true]);
  backward(sum(mul(cut, x)));
  expect(await grad(x)).toEqual([4]);
  const free = noGrad(() => {
    expect(isGradEnabled()).toBe(false);
    return mul(x, x);
  });
  expect(isGradEnabled()).toBe(true);
  expect(free.requiresGrad).toBe(false);
  expect(() => backward(free)).toThrow(/nothing was taped/);
  expect(() =>
    noGrad(() => {
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(isGradEnabled()).toBe(true);
});

test('only inputs that require a gradient get one', async () => {
  const x = await leaf(1, 2);
  const constant = tensor(x.device, [5, 6]);
  backward(sum(mul(x, constant)));
  expect(constant.grad).toBe(null);
  expect(await grad(x)).toEqual([5, 6]);
});

test('a second backward is an error with advice, and retainGraph allows it', async () => {
  const x = await leaf(3);
  const y = sum(mul(x, x));
  backward(y, { retainGraph: true });
  backward(y);
  expect(await grad(x)).toEqual([12]);
  expect(() => backward(y)).toThrow(/already differentiated.*retainGraph/);
});

test('backward checks the result and the gradient', async () => {
  const x = await leaf(1, 2);
  expect(() => backward(mul(x, 2))).toThrow(/shape \[2\] is not a scalar/);
  expect(() => backward(sum(x), { gradient: tensor(x.device, [1, 2]) })).toThrow(
    /expected the result's shape/,
  );
  const y = mul(x, 2);
  expect(() => {
    y.requiresGrad = false;
  }).toThrow(/is the result of an operation. Call detach/);
});

test('the gradient of a disposed result still flows', async () => {
  const x = await leaf(1, 2);
  const y = exp(x);
  const z = sum(mul(y, 2));
  y.dispose();
  backward(z);
  const expected = [2 * Math.E, 2 * Math.E ** 2];
  const got = (await grad(x))!;
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4);
});

test('onGradient sees every node from the result down', async () => {
  const x = await leaf(1);
  const names: string[] = [];
  backward(sum(neg(mul(x, x))), { onGradient: (node) => names.push(node.name) });
  expect(names).toEqual(['sum', 'neg', 'mul']);
});

test('a chain of thirty thousand operations is differentiated and freed', async () => {
  const x = await leaf(1);
  let y: Tensor = x;
  for (let i = 0; i < 30_000; i++) {
    const next = i % 1000 === 0 ? neg(y) : reshape(y, y.shape); // a view is a node of the tape too, without a dispatch
    if (y !== x) y.dispose();
    y = next;
  }
  const other = neg(y);
  other.dispose();
  backward(y);
  expect(await grad(x)).toEqual([1]);
  y.dispose();
});
