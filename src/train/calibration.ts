import { checkCounts } from '../gpu/check-options.ts';
import { checkTable } from './check-table.ts';

/** Distance by which a probability in f32 may exceed 1. */
const ROUNDING = 1e-3;

/** A bin of images with similar confidence. */
export interface CalibrationBin {
  /** bounds of the probability of the predicted class; the lower bound is exclusive */
  from: number;
  to: number;
  count: number;
  /** mean probability; 0 without images */
  confidence: number;
  /** fraction of correct predictions; 0 without images */
  accuracy: number;
}

/** Result of `calibration`. */
export interface Calibration {
  /** expected calibration error: mean distance between confidence and accuracy over the images; 0 is perfect */
  ece: number;
  bins: CalibrationBin[];
}

/**
 * Measures how well probabilities agree with accuracies, in bins of equal width.
 * Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, eq. 3.
 *
 * @param probabilities [images, classes]
 * @param labels one per image; images without a label (`ignoreIndex`) do not count
 * @param bins number of bins, from 1
 * @throws RangeError when there is not one row per label, or a number is not a probability
 */
export function calibration(
  probabilities: Float32Array,
  labels: Uint32Array,
  classes: number,
  bins = 15,
): Calibration {
  checkTable('calibration', probabilities, labels, classes, 1 + ROUNDING);
  checkCounts('calibration', { bins });
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  let counted = 0;
  labels.forEach((label, i) => {
    if (label >= classes) return; // without a label
    counted++;
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const confidence = row.reduce((most, p) => Math.max(most, p), 0);
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!;
    bin.count++;
    bin.confidence += confidence;
    if (row.indexOf(confidence) === label) bin.right++;
  });
  const gaps = sums.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0);
  return {
    ece: counted > 0 ? gaps / counted : 0,
    bins: sums.map(({ count, confidence, right }, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      count,
      confidence: count > 0 ? confidence / count : 0,
      accuracy: count > 0 ? right / count : 0,
    })),
  };
}
