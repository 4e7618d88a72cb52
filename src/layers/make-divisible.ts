/** Returns the nearest multiple of `divisor` that is at least `divisor` and at least 0.9 v, as torchvision does. */
export function makeDivisible(v: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor((v + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * v ? rounded + divisor : rounded;
}
