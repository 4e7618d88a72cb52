import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calibration } from '../../src/train/calibration.ts';
import { applyTemperature, fitTemperature } from '../../src/train/temperature.ts';
import { wilsonInterval } from '../../src/train/wilson-interval.ts';

test('calibration by hand', () => {
  // confidence in class 0 of 0.95, 0.85, 0.65 and in class 1 of 0.75; the second and the last are wrong
  const probabilities = Float32Array.of(0.95, 0.05, 0.85, 0.15, 0.65, 0.35, 0.25, 0.75);
  const { ece, bins } = calibration(probabilities, Uint32Array.of(0, 1, 0, 0), 2, 2);
  expect(bins.map(({ from, to, count }) => [from, to, count])).toEqual([
    [0, 0.5, 0],
    [0.5, 1, 4],
  ]);
  expect(bins[1]!.accuracy).toBe(0.5);
  expect(bins[1]!.confidence).toBeCloseTo(0.8, 6);
  expect(ece).toBeCloseTo(0.3, 6);
  // in bins of a tenth: |0.95 - 1| + |0.85 - 0| + |0.65 - 1| + |0.75 - 0|, a quarter each
  expect(calibration(probabilities, Uint32Array.of(0, 1, 0, 0), 2, 10).ece).toBeCloseTo(0.5, 6);
});

test('confident and correct is perfect, confident and wrong is worst; certainty is in the last bin', () => {
  const sure = Float32Array.of(1, 0, 1, 0);
  expect(calibration(sure, Uint32Array.of(0, 0), 2)).toMatchObject({ ece: 0 });
  const wrong = calibration(sure, Uint32Array.of(1, 1), 2);
  expect(wrong.ece).toBe(1);
  expect(wrong.bins.length).toBe(15);
  expect(wrong.bins[14]!.count).toBe(2);
  expect(calibration(new Float32Array(), new Uint32Array(), 2).ece).toBe(0);
  expect(() => calibration(sure, Uint32Array.of(0), 2)).toThrow(/4 probabilities for 1 labels of 2 classes/);
});

test.each([
  // from the closed form, computed in Python
  [0, 10, 0, 0.277_533],
  [10, 10, 0.722_467, 1],
  [5, 10, 0.236_593, 0.763_407],
  [2760, 3153, 0.863_372, 0.886_432],
])('Wilson interval of %i in %i', (hits, count, low, high) => {
  const [from, to] = wilsonInterval(hits, count);
  expect(from).toBeCloseTo(low, 4);
  expect(to).toBeCloseTo(high, 4);
});

test('its ends solve the equation that defines it, and it narrows with more trials', () => {
  const z = 1.959964;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (count, share) => {
        const hits = Math.round(share * count);
        for (const end of wilsonInterval(hits, count)) {
          const spread = z * Math.sqrt((end * (1 - end)) / count);
          expect(Math.abs(Math.abs(hits / count - end) - spread)).toBeLessThan(1e-6);
        }
        const [a, b] = wilsonInterval(hits, count);
        const [c, d] = wilsonInterval(4 * hits, 4 * count);
        expect(d - c).toBeLessThan(b - a);
      },
    ),
  );
  expect(() => wilsonInterval(0, 0)).toThrow(RangeError);
  expect(() => wilsonInterval(3, 2)).toThrow(/3 hits of 2 trials/);
});

test.each<[string, () => unknown]>([
  ['calibration: bins: got 0', () => calibration(Float32Array.of(1, 0), Uint32Array.of(0), 2, 0)],
  ['calibration: bins: got 1.5', () => calibration(Float32Array.of(1, 0), Uint32Array.of(0), 2, 1.5)],
  [
    'probabilities[0] is not a probability (got NaN',
    () => calibration(Float32Array.of(NaN, 0), Uint32Array.of(0), 2),
  ],
  [
    'probabilities[0] is not a probability (got 3',
    () => calibration(Float32Array.of(3, 0), Uint32Array.of(0), 2),
  ],
  [
    'fitTemperature: probabilities[1] is not',
    () => fitTemperature(Float32Array.of(3, -2), Uint32Array.of(0), 2),
  ],
  [
    'fitTemperature: labels[0]: got -1',
    () => fitTemperature(Float32Array.of(1, 0), Int32Array.of(-1) as never, 2),
  ],
  ['applyTemperature: probabilities[1] is not', () => applyTemperature(Float32Array.of(3, -2), 2, 1)],
  ['applyTemperature: probabilities[0] is not', () => applyTemperature(Float32Array.of(NaN, 1), 2, 1)],
  ['applyTemperature: got 3 probabilities', () => applyTemperature(Float32Array.of(0.5, 0.5, 1), 2, 1)],
])('wrong argument: %s', (message, call) => {
  expect(call).toThrow(message);
});
