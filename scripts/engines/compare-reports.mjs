// Compares the results of two engines.

/** @typedef {import('../../tests/engines/checks.ts').EngineReport} EngineReport */

/**
 * Returns the largest difference, relative to the reference's largest value; Infinity if shapes or non-finite values
 * differ.
 * @param {readonly number[]} expected
 * @param {readonly number[]} actual
 */
function relativeError(expected, actual) {
  if (expected.length !== actual.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let difference = 0;
  expected.forEach((value, i) => {
    const other = /** @type {number} */ (actual[i]);
    if (Object.is(value, other) || value === other) {
      if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
      return;
    }
    // JSON stores NaN and infinities as null
    if (value === null || other === null) difference = Number.POSITIVE_INFINITY;
    else {
      largest = Math.max(largest, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - other));
    }
  });
  return difference === 0 ? 0 : difference / Math.max(largest, Number.MIN_VALUE);
}

/**
 * @param {EngineReport} reference
 * @param {EngineReport} report
 */
export function compareReports(reference, report) {
  const ops = Object.entries(reference.ops).map(([name, values]) => {
    const found = report.ops[name];
    const error =
      found?.length === values.length
        ? Math.max(...values.map((expected, i) => relativeError(expected, found[i] ?? [])))
        : Number.POSITIVE_INFINITY;
    return { name, error };
  });
  ops.sort((a, b) => b.error - a.error);
  return {
    prediction: relativeError(reference.prediction, report.prediction),
    ops,
    training: relativeError(reference.training.losses, report.training.losses),
    parameters: relativeError(reference.training.parameters, report.training.parameters),
  };
}
