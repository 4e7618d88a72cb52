/** Thrown for weights that could not be loaded, or that do not belong to a FerMobileNetV3. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}
