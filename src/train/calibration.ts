/** Pictures of which the network was about equally sure. */
export interface CalibrationBin {
  /** bounds of the probability of the class that was named; the lower one is not part of the bin */
  from: number;
  to: number;
  count: number;
  /** mean probability; 0 without pictures */
  confidence: number;
  /** share that was right; 0 without pictures */
  accuracy: number;
}

export interface Calibration {
  /** expected calibration error: the mean distance of confidence and accuracy, by pictures; 0 is perfect */
  ece: number;
  bins: CalibrationBin[];
}

/**
 * How far probabilities can be taken at their word, in bins of equal width.
 * Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, eq. 3.
 *
 * @param probabilities [pictures, classes]
 * @param labels one per picture; pictures without a label (`ignoreIndex`) do not count
 * @throws RangeError when there is not one row a label
 */
export function calibration(
  probabilities: Float32Array,
  labels: Uint32Array,
  classes: number,
  bins = 15,
): Calibration {
  if (probabilities.length !== labels.length * classes) {
    throw new RangeError(
      `calibration: ${probabilities.length} probabilities for ${labels.length} labels of ${classes} classes; ` +
        `expected ${labels.length * classes}`,
    );
  }
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
