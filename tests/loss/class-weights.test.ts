import { expect, test } from 'vitest';
import { classWeights } from '../../src/loss/class-weights.ts';

const labels = Uint32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 3);

test('power 1 weights all classes equally, power 0 all images', () => {
  const full = classWeights(labels, 4, 1);
  expect([6 * full[0]!, 2 * full[1]!, full[3]!].map((sum) => Number(sum.toFixed(5)))).toEqual([3, 3, 3]);
  expect([...classWeights(labels, 4, 0)]).toEqual([1, 1, 1, 1]);
});

test.each([0, 0.3, 0.5, 1])('the mean over the images is 1 at power %d; an absent class has 1', (power) => {
  const weights = classWeights(labels, 4, power);
  expect(labels.reduce((sum, label) => sum + weights[label]!, 0) / 9).toBeCloseTo(1, 5);
  expect(weights[2]).toBe(1);
});

test('other powers are rejected', () => {
  expect(() => classWeights(labels, 4, 2)).toThrow(/power: got 2, expected a number from 0 to 1/);
});
