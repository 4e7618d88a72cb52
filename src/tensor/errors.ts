/** The shape of a tensor, or a list of sizes, is not what an operation needs. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** An operation does not support the type of a tensor, or the type cannot hold a host value. */
export class DTypeError extends Error {
  override readonly name = 'DTypeError';
}
