import { checkCounts, checkValue, having, integer } from '../gpu/check-options.ts';

/**
 * Checks probabilities; logits are refused because some are negative.
 * @param most upper bound (default: the largest number, for functions that normalize each row)
 * @throws RangeError unless all are numbers from 0 to `most`, in rows of `classes`
 */
export function checkProbabilities(
  caller: string,
  probabilities: Float32Array,
  classes: number,
  most = Number.MAX_VALUE,
): void {
  checkValue(caller, 'probabilities', probabilities, (value) => having(value, 'subarray', 'a Float32Array'));
  checkCounts(caller, { classes });
  const at = probabilities.findIndex((p) => !(p >= 0 && p <= most));
  if (at >= 0) {
    throw new RangeError(
      `${caller}: probabilities[${at}] is not a probability (got ${probabilities[at]}, expected 0 to 1). Pass the result ` +
        'of softmax, such as Evaluation.probabilities.',
    );
  }
  if (probabilities.length % classes === 0) return;
  throw new RangeError(
    `${caller}: got ${probabilities.length} probabilities, expected a multiple of ${classes}, the number of classes`,
  );
}

/** @throws RangeError unless there are `classes` probabilities per label and labels are integers from 0 */
export function checkTable(
  caller: string,
  probabilities: Float32Array,
  labels: Uint32Array,
  classes: number,
  most?: number,
): void {
  checkValue(caller, 'labels', labels, (value) => having(value, 'subarray', 'a Uint32Array'));
  checkProbabilities(caller, probabilities, classes, most);
  labels.forEach((label, i) => {
    checkValue(caller, `labels[${i}]`, label, (value) => integer(value, 0));
  });
  if (probabilities.length === labels.length * classes) return;
  throw new RangeError(
    `${caller}: got ${probabilities.length} probabilities for ${labels.length} labels of ${classes} classes, ` +
      `expected ${labels.length * classes}`,
  );
}
