/** Thrown for data that cannot be used for training. The message states the problem, its place, and what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
