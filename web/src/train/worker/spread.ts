import type { Spread } from '../messages.ts';

export const BINS = 41;
/** Half the width of a histogram, in root mean squares of the values. */
const REACH = 4;

/**
 * Returns the histogram and key figures of values. The histogram is symmetric around 0; values outside of it count in
 * its first or last bin. Values that are not finite are only counted.
 */
export function spreadOf(parts: readonly Float32Array[]): Spread {
  let count = 0;
  let all = 0;
  let sum = 0;
  let squares = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of parts) {
    all += values.length;
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      count++;
      sum += value;
      squares += value * value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const bins = new Array<number>(BINS).fill(0);
  const mean = count > 0 ? sum / count : 0;
  const meanSquare = count > 0 ? squares / count : 0;
  const reach = REACH * Math.sqrt(meanSquare);
  for (const values of parts) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      const at = reach > 0 ? Math.floor(((value / reach + 1) / 2) * BINS) : BINS >> 1;
      const bin = Math.min(BINS - 1, Math.max(0, at));
      bins[bin] = (bins[bin] as number) + 1;
    }
  }
  return {
    count,
    notFinite: all - count,
    mean,
    deviation: Math.sqrt(Math.max(0, meanSquare - mean * mean)),
    low: count > 0 ? low : 0,
    high: count > 0 ? high : 0,
    reach,
    bins,
  };
}
