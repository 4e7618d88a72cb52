// The numbers behind a line chart: a scale that single outliers do not flatten, smoothing, and rows for a table.

type Values = readonly (number | null)[];

/** A list with at least this many values is a curve; a shorter one is a few points beside it. */
const CURVE = 20;
/** A value this many times above the rest of a chart is outside of its scale. */
const FAR = 5;

/**
 * Returns the top of a chart and the number of values above it. A few values that are far above the curves, such as the
 * first validation loss of an untrained network, do not count.
 */
export function robustTop(lists: readonly Values[]): { top: number; above: number } {
  const finite = lists.map((list) => list.filter((v): v is number => v !== null && Number.isFinite(v)));
  const curves = finite.filter((list) => list.length >= CURVE);
  const all = finite.flat();
  const highest = max(all);
  if (curves.length === 0) return { top: highest, above: 0 };
  const usual = Math.max(...curves.map((list) => Math.min(max(list), FAR * quantile(list, 0.99))));
  if (!(usual > 0) || highest <= FAR * usual) return { top: highest, above: 0 };
  return { top: usual, above: all.filter((value) => value > 1.06 * usual).length };
}

function max(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), values[0] ?? 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] as number;
}

/**
 * Returns the exponential moving average with weight `keep` for the past (0 to below 1), corrected for the missing past
 * of the first values, as in TensorBoard. Gaps stay gaps.
 */
export function smoothed(values: Values, keep: number): (number | null)[] {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/** Returns the value at an index, or the one before it if there is a gap; null if there is none. */
export function valueAt(values: Values, index: number): number | null {
  for (let i = Math.min(index, values.length - 1); i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** Returns at most `most` indices from 0 to `length` - 1, evenly spaced, with the first and the last. */
export function sampleRows(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (length - 1)) / (most - 1)));
}
