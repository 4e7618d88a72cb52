import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { dropout } from '../../src/tensor/ops/dropout.ts';
import { random } from '../reference/array.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const state = async (seed = 7, stream = 3) =>
  tensor(await testDevice(), Uint32Array.from([seed, 0, stream, 0]));
const ones = async (size: number) => onDevice(await testDevice(), random([size], 1, 1, 1));
const draw = async (size: number, p: number, seeds: Awaited<ReturnType<typeof state>>) => [
  ...(await dropout(await ones(size), p, seeds).data()),
];

describe('dropout', () => {
  test.each([0.2, 0.5])('p = %f: zeroes this fraction and scales the rest', async (p) => {
    const size = 40_001;
    const y = await draw(size, p, await state());
    const zeroed = y.filter((v) => v === 0).length;
    // four standard deviations
    expect(Math.abs(zeroed - p * size)).toBeLessThan(4 * Math.sqrt(size * p * (1 - p)));
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / Math.fround(1 - Math.fround(p)))]));
  });

  test.each([1, 3, 15, 16, 21])('%i elements: y = x * mask, dx = dy * mask', async (size) => {
    const device = await testDevice();
    const [x, dy] = [random([size], 1, 1, 2), random([size], 2, 1, 2)];
    const input = onDevice(device, x, true);
    const y = dropout(input, 0.5, await state());
    backward(y, { gradient: onDevice(device, dy) });
    const [result, gradient] = [await y.data(), await input.grad!.data()];
    for (let i = 0; i < size; i++) {
      const mask = result[i] === 0 ? 0 : 2;
      expect(result[i]).toBe(x.data[i]! * mask);
      expect(gradient[i]).toBe(dy.data[i]! * mask);
    }
  });

  test('p = 0 keeps everything', async () => {
    expect(await draw(9, 0, await state())).toEqual(new Array(9).fill(1));
  });

  test('the same state gives the same mask; seed, stream and counter change it', async () => {
    const seeds = await state();
    const first = await draw(4000, 0.5, seeds);
    expect(await draw(4000, 0.5, await state())).toEqual(first);
    const others = [
      await draw(4000, 0.5, seeds),
      await draw(4000, 0.5, await state(8)),
      await draw(4000, 0.5, await state(7, 4)),
    ];
    expect([...(await seeds.data())]).toEqual([7, 0, 3, 2]);
    for (const other of others) {
      const alike = other.filter((v, i) => v === first[i]).length;
      expect(Math.abs(alike - 2000)).toBeLessThan(4 * Math.sqrt(1000));
    }
  });

  test('a replayed recording draws a new mask each time', async () => {
    const device = await testDevice();
    const [x, seeds] = [await ones(256), await state()];
    const expected = [await draw(256, 0.5, await state(9))];
    const other = await state(9);
    await draw(256, 0.5, other);
    expected.push(await draw(256, 0.5, other));
    seeds.write([9, 0, 3, 0]);
    const capture = await device.capture(() => dropout(x, 0.5, seeds));
    for (const mask of expected) expect([...(await capture.run().data())]).toEqual(mask);
    capture.dispose();
  });

  test('rejects mismatched arguments', async () => {
    const x = await ones(4);
    const seeds = await state();
    expect(() => dropout(x, 1, seeds)).toThrow(
      /p: got 1, expected a number from 0 \(inclusive\) to 1 \(exclusive\)/,
    );
    expect(() => dropout(x, 0.5, x)).toThrow(/state: got a tensor of type f32, expected u32/);
  });
});
