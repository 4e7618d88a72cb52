/** Lowest and highest probability from which the answer names a class. */
const LEAST = 0.6;
const MOST = 0.95;
/** Fewest correctly recognized held-out pictures from which the threshold is derived. */
const ENOUGH = 8;
/** Share of the correctly recognized held-out pictures that stay below the threshold. */
const BELOW = 0.1;

/**
 * Returns the probability from which an answer names a class, otherwise it is "Not sure": nine of ten correctly
 * recognized held-out pictures reach it. Pictures of something else reach it less often than a fixed threshold
 * (`scripts/studio-sides.mjs` measures how often).
 *
 * @param correct probabilities of the correctly recognized held-out pictures
 */
export function thresholdFor(correct: readonly number[]): number {
  if (correct.length < ENOUGH) return LEAST;
  const sorted = correct.toSorted((a, b) => a - b);
  return sureFrom(sorted[Math.floor(BELOW * sorted.length)]);
}

/** Returns a stored threshold, within the limits; the lowest one if there is none. */
export const sureFrom = (stored: unknown): number =>
  typeof stored === 'number' && stored >= LEAST ? Math.min(stored, MOST) : LEAST;
