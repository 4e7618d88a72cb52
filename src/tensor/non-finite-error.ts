/**
 * A computed number is NaN or infinite. From `fit`: the step was not applied to the parameters; batch norm's running
 * statistics are finite, but may have seen its batch. From `evaluate` and `predict`: logits from which no class can
 * be read.
 */
export class NonFiniteError extends Error {
  override readonly name = 'NonFiniteError';
  /** what was not finite first: the path of a layer, or the name of a weight; null if it could not be found */
  readonly layer: string | null;
  constructor(layer: string | null, message: string) {
    super(message);
    this.layer = layer;
  }
}
