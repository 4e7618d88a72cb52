import { expect, test } from 'vitest';
import { tensor } from '../../src/tensor/create.ts';
import { mixRows, mixShares } from '../../src/train/mixup.ts';
import { testDevice } from '../support/device.ts';
import { drain, prepareRun } from '../support/fit-run.ts';

test('a row is blended with its neighbor; the last row of an odd batch does not change', async () => {
  const device = await testDevice();
  using x = tensor(device, [1, 2, 10, 20, 100, 200], { shape: [3, 2] });
  using share = tensor(device, [0.75, 0.5, 1]);
  using y = mixRows(x, share);
  expect([...(await y.data())]).toEqual([3.25, 6.5, 5.5, 11, 100, 200]);
});

test.each([0.2, 0.4, 1])('shares of alpha %d have the mean of the larger of Beta(alpha, alpha)', (alpha) => {
  const shares = Array.from({ length: 400 }, (_, step) => [...mixShares(alpha, 50, 3, step)]).flat();
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.5);
  expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  // E max(x, 1 - x) by numeric integration over x^(a-1) (1-x)^(a-1), with x = t^(1/a) to tame the end
  let [weight, sum] = [0, 0];
  for (let i = 0; i < 100_000; i++) {
    const x = (((i + 0.5) / 100_000) * 0.5 ** alpha) ** (1 / alpha);
    const w = (1 - x) ** (alpha - 1);
    weight += w;
    sum += w * (1 - x);
  }
  expect(Math.abs(mean - sum / weight)).toBeLessThan(0.005);
});

test('shares depend only on seed, step and position', () => {
  const first = mixShares(0.4, 8, 1, 5);
  expect(mixShares(0.4, 8, 1, 5)).toEqual(first);
  expect(mixShares(0.4, 4, 1, 5, 4)).toEqual(first.slice(4));
  expect(mixShares(0.4, 8, 1, 6)).not.toEqual(first);
  expect(mixShares(0.4, 8, 2, 5)).not.toEqual(first);
  expect(new Set(first).size).toBe(8);
});

test('unsupported uses of mixup are rejected', async () => {
  const { start, free } = await prepareRun({ loss: { lambda: 0.1 } });
  await expect(drain(start({ mixup: 0.2 }))).rejects.toThrow(/needs one class per image/);
  await expect(drain(start({ mixup: 1.5 }))).rejects.toThrow(
    'fit: mixup: got 1.5, expected a number from 0 to 1',
  );
  await expect(drain(start({ mixup: 0.2, batch: 6, accumulate: 2 }))).rejects.toThrow(
    /mixup blends images in pairs, which parts of 3 images would separate/,
  );
  free();
});
