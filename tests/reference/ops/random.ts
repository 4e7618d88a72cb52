// Random numbers in float64: the words of pcg4d as uniform and normal numbers and as dropout masks.
import { pcg4d } from '../augment.ts';

type Words = [number, number, number, number];

/** Seed (low and high word), stream and, for draws that advance by themselves, a counter. */
export interface RandomState {
  seed: readonly [number, number];
  stream: number;
  counter?: number;
}

/** The words of element i; with a counter they are mixed a second time. */
function wordsOf(i: number, { seed, stream, counter }: RandomState): Words {
  const key = pcg4d([i, stream, ...seed]);
  return counter === undefined ? key : pcg4d([(key[0] ^ counter) >>> 0, key[1], key[2], key[3]]);
}

/** The top 24 bits of a word as a number in [0, 1). */
const unit = (word: number): number => (word >>> 8) / 2 ** 24;

/** `count` numbers from [low, high). */
export function uniform(count: number, state: RandomState, low = 0, high = 1): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => low + (high - low) * unit(wordsOf(i, state)[0]));
}

/** `count` numbers from N(mean, std^2), by Box and Muller (1958). */
export function normal(count: number, state: RandomState, mean = 0, std = 1): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const [a, b] = wordsOf(i, state).map(unit) as Words;
    return mean + std * Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
  });
}

/** The factors of dropout: 0 with probability p, otherwise 1 / (1 - p). One pcg4d serves four elements. */
export function dropoutMask(count: number, state: RandomState, p: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const word = wordsOf(Math.floor(i / 4), state)[i % 4]!;
    return unit(word) < Math.fround(p) ? 0 : 1 / (1 - p);
  });
}
