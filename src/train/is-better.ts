/** Results of a validation that can be compared. */
interface Validated {
  accuracy: number;
  /** a missing loss is not better than any other */
  loss?: number;
}

/**
 * Returns whether a later epoch is better than the best one so far: its validation accuracy is higher, or it is equal and
 * the validation loss is lower. If both are equal, the earlier epoch is kept.
 */
export function isBetter(later: Validated, best: Validated): boolean {
  if (later.accuracy !== best.accuracy) return later.accuracy > best.accuracy;
  return later.loss !== undefined && best.loss !== undefined && later.loss < best.loss;
}
