/**
 * A computed number is NaN or infinite. From `fit`: the step was not applied to the parameters; batch norm's running
 * statistics are finite, but may include the batch. From `evaluate` and `predict`: the logits do not determine a class.
 */
export class NonFiniteError extends Error {
  override readonly name = 'NonFiniteError';
  /** the first non-finite value: path of a layer or name of a weight; null if it could not be found */
  readonly layer: string | null;
  constructor(layer: string | null, message: string) {
    super(message);
    this.layer = layer;
  }
}
