/** Generates the same numbers in every process and page: mulberry32, uniform in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Returns `count` approximately normal numbers, as sums of four uniform numbers: fast, and accurate enough for test
 * data.
 */
export function normalNumbers(
  seed: number,
  count: number,
  { mean = 0, std = 1 }: { mean?: number; std?: number } = {},
): Float32Array<ArrayBuffer> {
  const next = randomNumbers(seed);
  const scale = std * Math.sqrt(3);
  return Float32Array.from({ length: count }, () => mean + scale * (next() + next() + next() + next() - 2));
}
