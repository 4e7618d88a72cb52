import { expect, test } from 'vitest';
import { applyTemperature, fitTemperature } from '../../src/train/temperature.ts';
import { random } from '../reference/array.ts';

/** Mean cross-entropy of the probabilities with the labels. */
function crossEntropy(probabilities: Float32Array, labels: Uint32Array, classes: number): number {
  const losses = Array.from(labels, (label, i) => -Math.log(probabilities[i * classes + label]!));
  return losses.reduce((sum, loss) => sum + loss, 0) / labels.length;
}

test('of two classes, by hand: 80 % confidence at 60 % accuracy', () => {
  // softmax(log p / T) must be 0.6, so T = log(4) / log(1.5)
  const probabilities = new Float32Array(10).map((_, i) => (i % 2 === 0 ? 0.8 : 0.2));
  const temperature = fitTemperature(probabilities, Uint32Array.of(0, 0, 0, 1, 1), 2);
  expect(temperature).toBeCloseTo(Math.log(4) / Math.log(1.5), 5);
  expect(applyTemperature(probabilities, 2, temperature)[0]).toBeCloseTo(0.6, 5);
});

test('no other temperature has a lower cross-entropy, and images without a label do not count', () => {
  const classes = 5;
  const logits = Float32Array.from(random([40, classes], 3).data, (value) => 3 * value);
  const probabilities = applyTemperature(logits.map(Math.exp), classes, 1);
  // two of three labels are the predicted class
  const labels = Uint32Array.from({ length: 40 }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return i % 3 === 0 ? (i * 7) % classes : row.indexOf(Math.max(...row));
  });
  const best = fitTemperature(probabilities, labels, classes);
  const lossAt = (temperature: number) =>
    crossEntropy(applyTemperature(probabilities, classes, temperature), labels, classes);
  for (const factor of [0.8, 0.95, 1.05, 1.25])
    expect(lossAt(best * factor)).toBeGreaterThanOrEqual(lossAt(best));
  const more = new Float32Array([...probabilities, 1, 0, 0, 0, 0]);
  expect(fitTemperature(more, Uint32Array.of(...labels, -100 >>> 0), classes)).toBe(best);
});

test('correct predictions have the lowest temperature, wrong ones the highest; the predicted class stays', () => {
  const sure = Float32Array.of(0.9, 0.1);
  expect(fitTemperature(sure, Uint32Array.of(0), 2)).toBeCloseTo(0.05, 3);
  expect(fitTemperature(sure, Uint32Array.of(1), 2)).toBeCloseTo(20, 3);
  expect(fitTemperature(new Float32Array(), new Uint32Array(), 2)).toBe(1);
  expect(applyTemperature(Float32Array.of(1, 0), 2, 20)[0]).toBeGreaterThan(0.5);
  expect(() => fitTemperature(sure, Uint32Array.of(0, 1), 2)).toThrow(
    /2 probabilities for 2 labels of 2 classes/,
  );
});
