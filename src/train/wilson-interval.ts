/** Quantile of the normal distribution for a two-sided 95 % interval. */
const Z_95 = 1.959963984540054;

/**
 * Returns the 95 % confidence interval of a proportion, when `hits` of `count` independent trials succeeded. The
 * interval is within 0 and 1, and valid also for few trials. Source: Wilson, "Probable inference, the law of
 * succession, and statistical inference", JASA 22(158), 1927.
 *
 * @throws RangeError when `count` is 0, or `hits` is not from 0 to `count`
 */
export function wilsonInterval(hits: number, count: number): [number, number] {
  if (!(count > 0) || !(hits >= 0 && hits <= count)) {
    throw new RangeError(
      `wilsonInterval: got ${hits} hits of ${count} trials, expected 0 to count hits and at least one trial`,
    );
  }
  const share = hits / count;
  const square = Z_95 ** 2;
  const center = (share + square / (2 * count)) / (1 + square / count);
  const half =
    (Z_95 / (1 + square / count)) * Math.sqrt((share * (1 - share)) / count + square / (4 * count ** 2));
  return [Math.max(0, center - half), Math.min(1, center + half)];
}
