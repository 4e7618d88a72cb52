import { checkValue, positive } from '../gpu/check-options.ts';
import { checkProbabilities, checkTable } from './check-table.ts';

/** Bounds of the temperature. */
const LOWEST = 0.05;
const HIGHEST = 20;
/** halvings of the interval of 1 / T: to about 1e-8 */
const HALVINGS = 32;
/** smallest probability whose logarithm is taken */
const SMALLEST = 1e-12;

/**
 * Returns the temperature T for which the probabilities softmax(log p / T) have the lowest cross-entropy with the
 * labels. T above 1 means that p is overconfident. The predicted class does not depend on T. The cross-entropy is convex
 * in 1 / T, so its slope is bisected.
 *
 * Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
 *
 * @param probabilities [images, classes], such as `Evaluation.probabilities`
 * @param labels one per image; images without a label (`ignoreIndex`) do not count
 * @returns a number from 0.05 to 20; 1 if no image has a label
 * @throws RangeError when there is not one row per label, or a number is not a probability
 */
export function fitTemperature(probabilities: Float32Array, labels: Uint32Array, classes: number): number {
  checkTable('fitTemperature', probabilities, labels, classes);
  const rows = [...labels.keys()].filter((i) => labels[i]! < classes);
  if (rows.length === 0) return 1;
  const logs = Float64Array.from(probabilities, (p) => Math.log(Math.max(p, SMALLEST)));
  let [low, high] = [1 / HIGHEST, 1 / LOWEST];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (slope(logs, labels, rows, classes, middle) > 0) high = middle;
    else low = middle;
  }
  return 2 / (low + high);
}

/**
 * Returns the probabilities softmax(log p / T) of each row.
 * @param probabilities [images, classes], such as `Evaluation.probabilities`
 * @throws RangeError when a number is not a probability, or `temperature` is not above 0
 */
export function applyTemperature(
  probabilities: Float32Array,
  classes: number,
  temperature: number,
): Float32Array {
  checkProbabilities('applyTemperature', probabilities, classes);
  checkValue('applyTemperature', 'temperature', temperature, positive);
  const result = new Float32Array(probabilities.length);
  for (let at = 0; at < probabilities.length; at += classes) {
    const row = Array.from(probabilities.subarray(at, at + classes), (p) => Math.log(Math.max(p, SMALLEST)));
    const largest = Math.max(...row);
    const powers = row.map((log) => Math.exp((log - largest) / temperature));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, i) => {
      result[at + i] = power / sum;
    });
  }
  return result;
}

/** Derivative of the cross-entropy by 1 / T: the mean of log p under the scaled probabilities, minus that of the label. */
function slope(
  logs: Float64Array,
  labels: Uint32Array,
  rows: readonly number[],
  classes: number,
  inverse: number,
): number {
  let total = 0;
  for (const row of rows) {
    const at = row * classes;
    let largest = -Infinity;
    for (let i = 0; i < classes; i++) largest = Math.max(largest, logs[at + i]!);
    let [sum, mean] = [0, 0];
    for (let i = 0; i < classes; i++) {
      const power = Math.exp((logs[at + i]! - largest) * inverse);
      sum += power;
      mean += power * logs[at + i]!;
    }
    total += mean / sum - logs[at + labels[row]!]!;
  }
  return total;
}
