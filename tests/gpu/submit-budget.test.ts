import { describe, expect, test } from 'vitest';
import { createDevice } from '../../src/gpu/create-device.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { Command } from '../../src/gpu/resolver.ts';
import { SubmitBudget } from '../../src/gpu/submit-budget.ts';
import { randn } from '../../src/tensor/create.ts';
import { matmul } from '../../src/tensor/ops/matmul.ts';
import { sigmoid } from '../../src/tensor/ops/unary.ts';
import { scope } from '../../src/tensor/scope.ts';
import { openDevice } from '../support/device.ts';

/** Six dispatches. */
const work = (device: Device) =>
  scope(() => {
    const x = randn(device, [16, 16], { seed: 3 });
    return sigmoid(matmul(sigmoid(matmul(x, x)), sigmoid(x)));
  });

async function bitsWith(submitBudgetMs: number) {
  using device = await openDevice({ submitBudgetMs });
  const eager = work(device);
  const { submits, dispatches } = device.stats;
  await device.sync();
  const eagerSubmits = device.stats.submits - submits;
  const count = device.stats.dispatches - dispatches;
  const recording = await device.capture(() => work(device));
  const before = device.stats.submits;
  recording.run();
  recording.run();
  const replaySubmits = device.stats.submits - before;
  const bits = [eager, recording.outputs].map(async (y) => [...new Uint32Array((await y.data()).buffer)]);
  return {
    eagerSubmits,
    replaySubmits,
    count,
    dispatches: recording.dispatches,
    bits: await Promise.all(bits),
  };
}

test('eager and captured work is split or not, with the same bits', async () => {
  const whole = await bitsWith(Number.POSITIVE_INFINITY);
  const split = await bitsWith(1e-9);
  expect(whole).toMatchObject({ eagerSubmits: 1, replaySubmits: 2 });
  expect(split).toMatchObject({ eagerSubmits: split.count, replaySubmits: 2 * split.dispatches });
  expect(split.count).toBeGreaterThan(4);
  expect(split.bits).toEqual(whole.bits);
  expect(whole.bits[0]).toEqual(whole.bits[1]);
});

test.each([0, -1, Number.NaN, '50', null])('a budget of %s is rejected', async (submitBudgetMs) => {
  const options = { submitBudgetMs } as { submitBudgetMs: number };
  await expect(createDevice(options)).rejects.toThrow(
    /createDevice: submitBudgetMs: got .*, expected a number above 0/,
  );
});

describe('costs are learned', () => {
  /** A queue and a clock; `finish` ends the oldest submission after some milliseconds. */
  function fakeQueue() {
    let time = 0;
    const waiting: (() => void)[] = [];
    return {
      now: () => time,
      onSubmittedWorkDone: () => new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined))),
      finish: async (milliseconds: number) => {
        time += milliseconds;
        waiting.shift()?.();
        await Promise.resolve();
      },
      get waiting() {
        return waiting.length;
      },
    };
  }

  const kernel = () => ({}) as Command['entry'];
  const command = (entry: Command['entry'], groups: number): Command => ({
    label: '',
    entry,
    bindGroup: {} as GPUBindGroup,
    groups: [groups, 1, 1],
  });
  const sizes = (parts: readonly (readonly Command[])[]) => parts.map(({ length }) => length);

  test('from submissions, so that the next ones fit', async () => {
    const queue = fakeQueue();
    const budget = new SubmitBudget(queue, 100, queue.now);
    const commands = Array.from({ length: 20 }, () => command(kernel(), 1000)); // 10 ms each by the first guess
    expect(sizes(budget.split(commands))).toEqual([10, 10]);
    for (const part of budget.split(commands)) budget.measure(part);
    await queue.finish(50);
    await queue.finish(200); // the second half is four times as slow
    expect(sizes(budget.split(commands))).toEqual([12, 5, 3]);
    expect(budget.expected(commands)).toBeCloseTo(250);
  });

  test('also for kernels and numbers of workgroups that were not timed', async () => {
    const queue = fakeQueue();
    const budget = new SubmitBudget(queue, 100, queue.now);
    const entry = kernel();
    budget.measure([command(entry, 10_000)]);
    await queue.finish(20);
    expect(budget.expected([command(entry, 5000)])).toBeCloseTo(10);
    expect(budget.expected([command(kernel(), 5000)])).toBeCloseTo(10);
  });

  test('only from long submissions, and an outlier changes them by a limited factor', async () => {
    const queue = fakeQueue();
    const budget = new SubmitBudget(queue, 100, queue.now);
    const entry = kernel();
    budget.measure([command(entry, 2499)]);
    expect(queue.waiting).toBe(0);
    budget.measure([command(entry, 5000)]);
    await queue.finish(50_000); // such as the compilation of a shader
    expect(budget.expected([command(entry, 5000)])).toBeCloseTo(400);
    budget.measure([command(entry, 5000)]);
    await queue.finish(50);
    expect(budget.expected([command(entry, 5000)])).toBeCloseTo(50);
  });

  test('a dispatch above the budget is submitted by itself', () => {
    const queue = fakeQueue();
    const budget = new SubmitBudget(queue, 1, queue.now);
    const [small, large] = [command(kernel(), 1), command(kernel(), 1e6)];
    expect(sizes(budget.split([small, small, large, large, small]))).toEqual([2, 1, 1, 1]);
    expect(budget.split([])).toEqual([[]]);
  });
});
