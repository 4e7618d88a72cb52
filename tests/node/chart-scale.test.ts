import { expect, test } from 'vitest';
import { robustTop, sampleRows, smoothed, valueAt } from '../../web/src/ui/chart-scale.ts';

const falling = Array.from({ length: 200 }, (_, i) => 2.1 * 0.97 ** i);

test.each<[name: string, lists: (number | null)[][], top: number, above: number]>([
  ['nothing', [[], []], 0, 0],
  ['a curve that falls quickly is shown in full', [falling], 2.1, 0],
  ['a first validation loss of 98 does not flatten the curve', [falling, [98, null, 1.9, 1.2]], 2.1, 1],
  ['a validation loss of twice the training loss is in the scale', [falling, [4.2, 1.9]], 4.2, 0],
  ['a single spike of a long curve is outside', [[...falling, 1e6], [1]], 10.5, 1],
  [
    'a diverging curve is shown, since its end is not an outlier',
    [falling.map((v) => 2 / v)],
    2 / (falling[199] as number),
    0,
  ],
  ['a few points without a curve', [[98, 1.2]], 98, 0],
  ['NaN and infinity do not count', [[...falling, Number.NaN, Number.POSITIVE_INFINITY]], 2.1, 0],
])('the top of a chart: %s', (_, lists, top, above) => {
  const found = robustTop(lists);
  expect(found.above).toBe(above);
  expect(Math.abs(found.top - top)).toBeLessThanOrEqual(0.05 * Math.max(1, top));
});

test('smoothing keeps a constant, starts at the first value, and keeps gaps', () => {
  for (const value of smoothed([3, 3, 3], 0.9)) expect(value).toBeCloseTo(3, 12);
  const [first, gap, last] = smoothed([1, null, 5], 0.5);
  expect(first).toBeCloseTo(1, 12);
  expect(gap).toBeNull();
  expect(last).toBeCloseTo((0.25 * 1 + 0.5 * 5) / 0.75, 12);
  expect(smoothed([1, 5], 0)).toEqual([1, 5]);
});

test('a read-out finds the value at or before the cursor, and a table samples with both ends', () => {
  expect(valueAt([1, null, null], 2)).toBe(1);
  expect(valueAt([null, 2], 0)).toBeNull();
  expect(valueAt([1, 2], 9)).toBe(2);
  expect(sampleRows(3, 10)).toEqual([0, 1, 2]);
  expect(sampleRows(101, 5)).toEqual([0, 25, 50, 75, 100]);
});
