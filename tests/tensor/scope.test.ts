import { expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { observe } from '../../src/layers/observe.ts';
import { backward } from '../../src/tensor/backward.ts';
import { randn, tensor } from '../../src/tensor/create.ts';
import { add, div, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { greater } from '../../src/tensor/ops/compare.ts';
import { concat } from '../../src/tensor/ops/concat.ts';
import { maximum } from '../../src/tensor/ops/extremum.ts';
import { gatherRows } from '../../src/tensor/ops/gather.ts';
import { pow } from '../../src/tensor/ops/pow.ts';
import { max, mean } from '../../src/tensor/ops/reduce.ts';
import { logSoftmax } from '../../src/tensor/ops/softmax.ts';
import { exp, relu } from '../../src/tensor/ops/unary.ts';
import { where } from '../../src/tensor/ops/where.ts';
import { keep, scope } from '../../src/tensor/scope.ts';
import { isGradEnabled, noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { testDevice } from '../support/device.ts';

const live = (device: Device) => device.memory().liveBytes;

test('frees tensors that are not returned, at any depth of the result', async () => {
  const device = await testDevice();
  const before = live(device);
  const kept = scope(() => {
    const a = tensor(device, [1, 2, 3]);
    const b = scope(() => exp(add(a, 1)));
    return { list: [mul(a, 2)], map: new Map([['b', b]]), text: 'x' };
  });
  expect(live(device)).toBe(before + 2 * 16);
  expect([...(await kept.list[0]!.data())]).toEqual([2, 4, 6]);
  kept.list[0]!.dispose();
  kept.map.get('b')!.dispose();
  expect(live(device)).toBe(before);
});

test('frees on a throw, rejects asynchronous functions, and keeps tensors passed to keep()', async () => {
  const device = await testDevice();
  const before = live(device);
  expect(() =>
    scope(() => {
      tensor(device, [1, 2]);
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(() => scope(async () => tensor(device, [1]))).toThrow('scope: the function is async');
  expect(live(device)).toBe(before);
  let outside: Tensor | undefined;
  scope(() => {
    outside = keep(tensor(device, [5]));
  });
  expect(await outside!.item()).toBe(5);
  outside!.dispose();
  expect(live(device)).toBe(before);
});

test('async functions are rejected wherever they would end too late, and their own failures are ignored', async () => {
  const device = await testDevice();
  const late = async () => {
    await null;
    throw new Error('nobody waits for this');
  };
  const refused = (name: string) =>
    `${name}: the function is async, but must be synchronous. Await before or after it.`;
  expect(() => scope(late)).toThrow(refused('scope'));
  expect(() => noGrad(late)).toThrow(refused('noGrad'));
  expect(isGradEnabled()).toBe(true);
  expect(() => device.withOwner('data', late)).toThrow(refused('data'));
  expect(() => observe(() => {}, late)).toThrow(refused('observe'));
  await new Promise((resolve) => setTimeout(resolve, 10)); // an unhandled rejection would fail this run
});

test('using disposes at the end of the block', async () => {
  const device = await testDevice();
  const before = live(device);
  {
    using x = tensor(device, [1, 2, 3]);
    using y = mul(x, 2);
    expect([...(await y.data())]).toEqual([2, 4, 6]);
  }
  expect(live(device)).toBe(before);
});

test('live bytes return to where they were after steps of training', async () => {
  const device = await testDevice();
  const before = live(device);
  const w = randn(device, [12, 7], { seed: 1 });
  w.requiresGrad = true;
  const rows = tensor(device, new Uint32Array([3, 0, 3]));
  const held = live(device);
  const step = () =>
    scope(() => {
      const x = gatherRows(w, rows);
      const y = logSoftmax(concat([relu(x), maximum(x, 0.1), where(greater(x, 0), x, 1)], 1));
      const loss = mean(div(sum(pow(y, 2), 1), add(max(y, 1), 9)));
      backward(loss);
      w.grad?.dispose();
      w.grad = null;
    });
  for (let i = 0; i < 5; i++) {
    step();
    expect(live(device)).toBe(held);
  }
  // a forward pass whose backward never runs frees what it saved, too
  scope(() => {
    sum(exp(mul(w, w)));
  });
  expect(live(device)).toBe(held);
  await device.sync();
  w.dispose();
  rows.dispose();
  expect(live(device)).toBe(before);
});

test('tensors saved by the tape outlive their scope', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2], { requiresGrad: true });
  const loss = scope(() => {
    const inner = mul(x, x);
    return sum(mul(inner, inner));
  });
  backward(loss);
  expect([...(await x.grad!.data())]).toEqual([4, 32]);
});
