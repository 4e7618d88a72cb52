/** The data given cannot be trained on. The message says what was found where, and the way out. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
