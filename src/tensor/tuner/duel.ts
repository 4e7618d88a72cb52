import { isGain, median, repeatsFor } from './paired.ts';
import type { Timer } from './timers.ts';

/** A variant that can be timed. */
export interface Contender<C> {
  name: string;
  commands: C;
}

/** The fastest variant of an operation. */
export interface Verdict {
  name: string;
  /** median times of one run, in milliseconds */
  defaultMs: number;
  ms: number;
}

/** Conditions that end a measurement early. */
export interface Limits {
  /** whether the time is over: variants that did not run yet are left out */
  isOver: () => boolean;
  /** whether the measurement was canceled */
  isStopped: () => boolean;
}

/** Rounds in which all variants run, and rounds in which only the fastest and the default do. */
const ROUNDS = 3;
const FINAL_ROUNDS = 5;
/** A variant this much slower than the fastest one of a round is dropped. */
const HOPELESS = 1.5;
/** The default is kept unless the median of the paired ratios is below this. */
const GAIN = 0.96;

/**
 * Times variants in turn and returns the fastest; the first is the default, which is kept unless another one is faster
 * beyond noise. All variants of a round run shortly after one another, and only ratios within a round are compared, so that
 * other load on the machine affects both sides. The fastest variant must win again in additional rounds, which its selection
 * did not use.
 * @returns null if it was canceled, or if the time was over before all variants had run and none of the others is faster
 */
export async function duel(
  timer: Timer,
  contenders: readonly Contender<Parameters<Timer['time']>[0][number]['commands']>[],
  { isOver, isStopped }: Limits,
): Promise<Verdict | null> {
  const [byDefault] = contenders;
  if (!byDefault) return null;
  // the first run of a pipeline is slower, since some drivers compile it then; the second one sets the number of repeats
  const once = contenders.map(({ commands }) => ({ commands, repeats: 1 }));
  const warm = once.slice(0, 2);
  await timer.time(warm);
  for (const run of once.slice(2)) {
    if (isOver()) break;
    await timer.time([run]);
    warm.push(run);
  }
  if (isStopped()) return null;
  const isPartial = warm.length < once.length;
  const first = await timer.time(warm);
  const fastest = Math.max(1e-6, Math.min(...first));
  const repeats = repeatsFor(timer, fastest);
  let alive = contenders.filter((_, i) => i === 0 || (first[i] ?? Infinity) < 2 * HOPELESS * fastest);

  const round = async () => {
    const times = await timer.time(alive.map(({ commands }) => ({ commands, repeats })));
    return new Map(alive.map((one, i) => [one, (times[i] as number) / repeats] as const));
  };
  const rounds: Awaited<ReturnType<typeof round>>[] = [];
  for (let i = 0; i < ROUNDS && alive.length > 1; i++) {
    if (isStopped()) return null;
    const times = await round();
    rounds.push(times);
    const least = Math.min(...times.values());
    alive = alive.filter((one) => one === byDefault || (times.get(one) as number) < HOPELESS * least);
    alive = [byDefault, ...alive.filter((one) => one !== byDefault).reverse()]; // a different order per round
  }
  const scored = alive.map((one) => ({ one, ms: median(rounds.map((times) => times.get(one) as number)) }));
  const [best] = scored.sort((a, b) => a.ms - b.ms);
  const keepDefault = (ms: number) => (isPartial ? null : { name: byDefault.name, defaultMs: ms, ms });
  if (!best || best.one === byDefault) return keepDefault(best?.ms ?? (first[0] as number));
  alive = [byDefault, best.one];
  const pairs: { base: number; ms: number }[] = [];
  for (let i = 0; i < FINAL_ROUNDS; i++) {
    if (isStopped()) return null;
    const times = await round();
    pairs.push({ base: times.get(byDefault) as number, ms: times.get(best.one) as number });
    alive.reverse();
  }
  const defaultMs = median(pairs.map(({ base }) => base));
  const ratios = pairs.map(({ base, ms }) => ms / base);
  return isGain(ratios, GAIN)
    ? { name: best.one.name, defaultMs, ms: median(pairs.map(({ ms }) => ms)) }
    : keepDefault(defaultMs);
}
