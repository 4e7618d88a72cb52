import { type Spread, spread } from '../lib/statistics.ts';
import { type Agreement, compareGradients, compareOutputs, type GradientAgreement } from './compare.ts';
import type { Counts } from './counters.ts';
import type { Host } from './host.ts';
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
  adapter: string;
  /** the library that the others are compared with */
  reference: PeerName | null;
  peers: PeerResult[];
}

export interface RowOptions {
  rounds: number;
  /** time limit per library and row in seconds, including setup */
  cap: number;
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
  samples: number[];
}

/** Minimum duration of a sample in milliseconds. */
const SAMPLE = 40;

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
  let adapter = '';
  try {
    for (const peer of peers) {
      const result: PeerResult = { peer, run };
      results.push(result);
      try {
        const runner = await setUp(row, place, result, options);
        runners.push(runner);
        adapter ||= await runner.host.adapter();
      } catch (error) {
        result.error = error instanceof Error ? error.message : String(error);
      }
      options.say(
        `  ${PEERS[peer].title}: ${result.error ?? `first result after ${inSeconds(result.first)}`}`,
      );
    }
    const reference = runners[0];
    for (const runner of runners) compare(runner, reference as Runner);
    if (!options.count) await takeTurns(runners, options);
    for (const { result, samples } of runners) if (samples.length > 0) result.call = spread(samples);
    return { row, place, adapter, reference: reference?.result.peer ?? null, peers: results };
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
  { cap, count }: RowOptions,
  deadline: number,
): Promise<Omit<Runner, 'left'>> {
  const { work, size, side } = ROWS[row];
  const inTime = <T>(promise: Promise<T>, what: string) => withDeadline(promise, deadline, cap, what);
  const opened = await inTime(host.open({ peer: result.peer, work, size, side, count }), 'its first call');
  result.first = opened.first;
  result.device = opened.device;
  const gradients = work === 'training' ? await inTime(host.gradients(), 'reading its gradients') : null;
  const warm = await inTime(host.again(), 'its second call');
  const output = work === 'training' ? [...opened.output, ...warm.output] : opened.output;
  if (count) result.counts = await inTime(host.countCall(), 'the counted call');
  // another warm-up call if calls are fast: the second call may still create objects
  const pace = warm.milliseconds < 5000 ? await inTime(host.sample(1), 'its third call') : warm.milliseconds;
  const calls = Math.min(20, Math.max(1, Math.round(SAMPLE / pace)));
  return { result, host, output, gradients, calls, pace, samples: [] };
}

function compare({ result, output, gradients }: Runner, reference: Runner): void {
  result.outputs = compareOutputs(output, reference.output);
  if (gradients && reference.gradients) {
    result.gradients = compareGradients(gradients, reference.gradients);
  }
}

async function takeTurns(runners: readonly Runner[], { rounds, cap, say }: RowOptions): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      const { host, calls, pace, result, samples } = runner;
      // the first sample is always taken, so that there is a result
      if (result.error || (samples.length > 0 && runner.left < calls * pace)) continue;
      const started = performance.now();
      const patience = started + Math.max(runner.left, 20 * calls * pace + 10_000);
      try {
        samples.push(await withDeadline(host.sample(calls), patience, cap, 'a timed call'));
      } catch (error) {
        result.error = error instanceof Error ? error.message : String(error);
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

const inSeconds = (milliseconds = 0) => `${(milliseconds / 1000).toFixed(1)} s`;
