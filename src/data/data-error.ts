/** Thrown for data that cannot be used for training. The message says what was found where, and what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
