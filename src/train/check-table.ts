import { checkCounts, checkValue, having } from '../gpu/check-options.ts';

/** @throws RangeError unless there are `classes` probabilities per label */
export function checkTable(
  caller: string,
  probabilities: Float32Array,
  labels: Uint32Array,
  classes: number,
): void {
  checkValue(caller, 'probabilities', probabilities, (value) => having(value, 'subarray', 'a Float32Array'));
  checkValue(caller, 'labels', labels, (value) => having(value, 'length', 'a Uint32Array'));
  checkCounts(caller, { classes });
  if (probabilities.length === labels.length * classes) return;
  throw new RangeError(
    `${caller}: got ${probabilities.length} probabilities for ${labels.length} labels of ${classes} classes, ` +
      `expected ${labels.length * classes}`,
  );
}
