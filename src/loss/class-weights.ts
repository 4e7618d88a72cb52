import { checkCounts } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
/**
 * Weights of the cross-entropy that count rare classes more: (mean count / count) ^ power, scaled so that their mean
 * over the pictures is 1. Power 0 weighs all alike, 1 gives each class the same say. A class without a picture gets 1.
 * @throws RangeError for a power outside of 0..1
 */
export function classWeights(labels: Uint32Array, classes: number, power: number): Float32Array<ArrayBuffer> {
  if (!(power >= 0 && power <= 1)) {
    throw new RangeError(`classWeights: power must be from 0 to 1, got ${power}`);
  }
  checkCounts('classWeights', { classes });
  if (!ArrayBuffer.isView(labels) || labels.length === 0) {
    throw new Error(
      `classWeights: labels: got ${describeValue(labels)}, expected a Uint32Array of one label or more`,
    );
  }
  const beyond = labels.findIndex((label) => !(label < classes));
  if (beyond >= 0) {
    throw new RangeError(
      `classWeights: label ${labels[beyond]} at index ${beyond}, expected 0 to ${classes - 1} for ${classes} classes`,
    );
  }
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]!++;
  const raw = counts.map((count) => (count > 0 ? (labels.length / classes / count) ** power : 1));
  const mean = counts.reduce((sum, count, i) => sum + count * raw[i]!, 0) / labels.length;
  return Float32Array.from(raw, (weight, i) => (counts[i]! > 0 ? weight / mean : 1));
}
