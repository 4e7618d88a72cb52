/** A tensor's shape, or a list of sizes, does not fit what an operation needs. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A tensor has elements of a type that an operation does not work on, or a host value does not fit the type. */
export class DTypeError extends Error {
  override readonly name = 'DTypeError';
}
