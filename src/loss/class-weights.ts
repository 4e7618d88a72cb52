import { checkCounts } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
/**
 * Returns class weights for the cross-entropy that emphasize rare classes: (mean count / count) ^ power, scaled so that
 * their mean over the images is 1. Power 0 weights all images equally, power 1 all classes. A class without images gets 1.
 * @throws RangeError when `power` is outside 0..1 or a label is not a class
 * @throws Error when there are no labels
 */
export function classWeights(labels: Uint32Array, classes: number, power: number): Float32Array<ArrayBuffer> {
  if (!(power >= 0 && power <= 1)) {
    throw new RangeError(`classWeights: power: got ${power}, expected a number from 0 to 1`);
  }
  checkCounts('classWeights', { classes });
  if (!ArrayBuffer.isView(labels) || labels.length === 0) {
    throw new Error(
      `classWeights: labels: got ${describeValue(labels)}, expected a Uint32Array with at least one label`,
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
