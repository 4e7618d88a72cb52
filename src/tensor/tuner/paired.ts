import type { Timer } from './timers.ts';

/** maximum repeats of one run */
const MOST_REPEATS = 200;

/** Returns how often a run of `fastestMs` is repeated, so that the timer can measure it. */
export function repeatsFor({ leastMs }: Timer, fastestMs: number): number {
  return Math.max(1, Math.min(MOST_REPEATS, Math.ceil(leastMs / Math.max(1e-6, fastestMs))));
}

/** Whether paired ratios show a gain beyond noise: their median is below `gain`, and all but one are below 1. */
export function isGain(ratios: readonly number[], gain: number): boolean {
  return median(ratios) < gain && ratios.filter((ratio) => ratio < 1).length >= ratios.length - 1;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] as number) : meanOf(sorted[middle - 1], sorted[middle]);
}

const meanOf = (a = 0, b = 0): number => (a + b) / 2;
