/** Weights that cannot be had, or that are not a FerMobileNetV3's. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}
