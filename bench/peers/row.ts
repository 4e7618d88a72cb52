import { type Spread, spread } from '../lib/statistics.ts';
import { type Agreement, compareGradients, compareOutputs, type GradientAgreement } from './compare.ts';
import type { Counts } from './counters.ts';
import type { Host, Surroundings } from './host.ts';
import { PEERS, type PeerName, type Place, ROWS, type RowName } from './roster.ts';

/** The results of one library for one row. */
export interface PeerResult {
  peer: PeerName;
  /** start of its run; only results of the same run were measured interleaved */
  run: string;
  /** reason for missing results */
  error?: string;
  device?: string;
  /** milliseconds from loading the library to the first result, including shader compilation */
  first?: number;
  /** milliseconds a call */
  call?: Spread;
  /** comparison of the logits, or of the first two losses, with the reference */
  outputs?: Agreement;
  gradients?: GradientAgreement;
  /** WebGPU calls per call, and peak bytes of GPU buffers */
  counts?: Counts;
}

export interface RowResult {
  row: RowName;
  place: Place;
  /** name of the adapter */
  adapter: string;
  /** null if no library started */
  surroundings: Surroundings | null;
  /** the library that the others are compared with */
  reference: PeerName | null;
  peers: PeerResult[];
}

export interface RowOptions {
  rounds: number;
  /** time limit per library and row in seconds, including setup */
  cap: number;
  /** seconds for the timed calls per library and row; slow libraries take fewer samples (default: no limit) */
  seconds?: number;
  /** whether the driver's shader cache is off, so that the first call is a cold start (default: true) */
  isCold?: boolean;
  /** count WebGPU calls instead of timing */
  count: boolean;
  start: (place: Place) => Promise<Host>;
  say: (text: string) => void;
}

interface Runner {
  result: PeerResult;
  host: Host;
  output: number[];
  gradients: Map<string, Float32Array> | null;
  /** calls per sample; fast calls are repeated, so that a coarse clock does not matter */
  calls: number;
  /** milliseconds per call, measured in the warm-up */
  pace: number;
  /** remaining milliseconds */
  left: number;
  /** number of rounds in which the library is timed, spread evenly over all rounds */
  rounds: number;
  /** the second call is the first sample, since it takes long; its output is compared afterwards */
  isSecondCallDue: boolean;
  samples: number[];
}

/** Minimum duration of a sample in milliseconds. */
const SAMPLE = 40;
/** Calls per sample at most. */
const MOST_CALLS = 200;
/** If the first call took this many milliseconds, the second one waits for its turn, where it may be a sample. */
const SLOW_START = 15_000;
/** A call that takes this many milliseconds needs no further warm-up: what it creates is not noticeable. */
const SLOW_CALL = 5000;
/** Number of samples that a library takes at least, if they take no longer than this many milliseconds. */
const FEWEST = 3;
const FEWEST_TIME = 20_000;

/**
 * Measures a row: sets up each library (the first call is the cold start), warms it up and compares its results; then
 * times all libraries interleaved, A B C A B C, so that other load on the machine affects all of them equally.
 */
export async function measureRow(
  row: RowName,
  place: Place,
  peers: readonly PeerName[],
  options: RowOptions,
): Promise<RowResult> {
  const { title } = ROWS[row];
  const run = new Date().toISOString();
  options.say(`\n${title}, ${place}`);
  const runners: Runner[] = [];
  const results: PeerResult[] = [];
  let surroundings: Surroundings | null = null;
  try {
    for (const peer of peers) {
      const result: PeerResult = { peer, run };
      results.push(result);
      const started = performance.now();
      try {
        const runner = await setUp(row, place, result, options);
        runners.push(runner);
        surroundings ??= await runner.host.surroundings();
      } catch (error) {
        result.error = error instanceof Error ? error.message : String(error);
      }
      const duration = inSeconds(performance.now() - started);
      options.say(`  ${PEERS[peer].title}: ${result.error ?? 'ready'} after ${duration}`);
    }
    const reference = runners[0];
    for (const runner of runners) compare(runner, reference as Runner);
    if (!options.count) await takeTurns(runners, options);
    for (const runner of runners) compare(runner, reference as Runner); // again, with the late second calls
    for (const { result, samples } of runners) if (samples.length > 0) result.call = spread(samples);
    return {
      row,
      place,
      adapter: surroundings?.adapter.name ?? '',
      surroundings,
      reference: reference?.result.peer ?? null,
      peers: results,
    };
  } finally {
    await Promise.all(runners.map(({ host }) => host.close()));
  }
}

async function setUp(row: RowName, place: Place, result: PeerResult, options: RowOptions): Promise<Runner> {
  const started = performance.now();
  const host = await options.start(place);
  try {
    const runner = await warmUp(host, row, result, options, started + 1000 * options.cap);
    return { ...runner, left: 1000 * options.cap - (performance.now() - started) };
  } catch (error) {
    await host.close();
    throw error;
  }
}

async function warmUp(
  host: Host,
  row: RowName,
  result: PeerResult,
  options: RowOptions,
  deadline: number,
): Promise<Omit<Runner, 'left'>> {
  const { cap, count } = options;
  const { work, size, side } = ROWS[row];
  const inTime = <T>(promise: Promise<T>, what: string) => withDeadline(promise, deadline, cap, what);
  const opened = await inTime(host.open({ peer: result.peer, work, size, side, count }), 'its first call');
  if (options.isCold ?? true) result.first = opened.first;
  result.device = opened.device;
  const gradients = work === 'training' ? await inTime(host.gradients(), 'reading its gradients') : null;
  const isSlow = !count && opened.first > SLOW_START;
  const warm = isSlow ? null : await inTime(host.again(), 'its second call');
  const output = work === 'training' ? [...opened.output, ...(warm?.output ?? [])] : opened.output;
  if (count) result.counts = await inTime(host.countCall(), 'the counted call');
  // another warm-up call if calls are fast: the second call may still create objects
  const isFast = warm && warm.milliseconds < SLOW_CALL;
  const pace = isFast ? await inTime(host.sample(1), 'its third call') : (warm?.milliseconds ?? 0);
  return { result, host, output, gradients, ...planOf(pace, options), isSecondCallDue: isSlow, samples: [] };
}

/** Returns calls per sample and the number of samples for a library whose calls take `pace` milliseconds. */
function planOf(pace: number, { rounds, seconds = Infinity }: Pick<RowOptions, 'rounds' | 'seconds'>) {
  const calls = Math.min(MOST_CALLS, Math.max(1, Math.round(SAMPLE / pace)));
  const fewest = FEWEST * pace <= FEWEST_TIME ? FEWEST : 1;
  const affordable = Math.max(fewest, Math.floor((1000 * seconds) / (calls * pace)));
  return { pace, calls, rounds: Math.min(rounds, affordable) };
}

function compare({ result, output, gradients }: Runner, reference: Runner): void {
  // losses: as many as both have, since a late second call has not given the second one
  const losses = Math.min(output.length, reference.output.length);
  const shared = (values: number[]) => (gradients ? values.slice(0, losses) : values);
  result.outputs = compareOutputs(shared(output), shared(reference.output));
  if (gradients && reference.gradients) {
    result.gradients = compareGradients(gradients, reference.gradients);
  }
}

async function takeTurns(runners: readonly Runner[], options: RowOptions): Promise<void> {
  const { rounds, say } = options;
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      if (runner.result.error || !takesPart(runner, round, rounds)) continue;
      const started = performance.now();
      try {
        await takeSample(runner, options);
      } catch (error) {
        runner.result.error = error instanceof Error ? error.message : String(error);
      }
      runner.left -= performance.now() - started;
    }
  }
  for (const { result, samples } of runners) {
    if (samples.length > 0) {
      say(`  ${PEERS[result.peer].title}: ${spread(samples).median.toFixed(1)} ms, n ${samples.length}`);
    }
  }
}

/** Decides whether a library is timed in this round: always if it has no sample, otherwise if its time allows it. */
function takesPart(
  { samples, left, calls, pace, rounds: own }: Runner,
  round: number,
  rounds: number,
): boolean {
  const isDue = samples.length < Math.ceil(((round + 1) * own) / rounds);
  return isDue && (samples.length === 0 || left >= calls * pace);
}

async function takeSample(runner: Runner, options: RowOptions): Promise<void> {
  const { host, samples } = runner;
  const sample = async (calls: number, pace: number) => {
    const deadline = performance.now() + Math.max(runner.left, 20 * calls * pace + 10_000);
    return withDeadline(host.sample(calls), deadline, options.cap, 'a timed call');
  };
  if (!runner.isSecondCallDue) {
    samples.push(await sample(runner.calls, runner.pace));
    return;
  }
  runner.isSecondCallDue = false;
  const deadline = performance.now() + Math.max(runner.left, 10_000);
  const second = await withDeadline(host.again(), deadline, options.cap, 'its second call');
  if (runner.gradients) runner.output.push(...second.output);
  const isWarm = second.milliseconds >= SLOW_CALL;
  const pace = isWarm ? second.milliseconds : await sample(1, second.milliseconds);
  Object.assign(runner, planOf(pace, options));
  if (isWarm) samples.push(second.milliseconds);
  else samples.push(await sample(runner.calls, pace));
}

async function withDeadline<T>(promise: Promise<T>, deadline: number, cap: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} exceeded the time limit of ${cap} s`)),
      Math.max(0, deadline - performance.now()),
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {}); // a call that is given up may still fail when its browser is closed
  }
}

const inSeconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
