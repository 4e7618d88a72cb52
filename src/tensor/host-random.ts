// Hashes and random numbers on the host, equal on every machine. Kernels derive theirs from counters (random.wgsl).

/** Returns the 32-bit FNV-1a hash of bytes or character codes; `hash` continues an earlier result. */
export function fnv1a(values: ArrayLike<number>, hash = 0x811c9dc5, step = 1): number {
  let h = hash;
  for (let i = 0; i < values.length; i += step) h = Math.imul(h ^ (values[i] as number), 0x01000193);
  return h >>> 0;
}

/** The finalizer of MurmurHash3, as a signed integer: each bit of the result depends on all bits of `h`. */
export function murmurMix(h: number): number {
  let x = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** Returns the low and the high word of a seed, as the kernels read them. */
export const seedWords = (seed: number): [low: number, high: number] => [
  seed >>> 0,
  Math.floor(seed / 2 ** 32) >>> 0,
];

/** A seeded generator of numbers in [0, 1): Mulberry32. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
