import type { ResultRow } from '../lib/result-format.ts';
import type { ModelResult } from '../own/model.ts';
import { addMissing, type Run } from './parts.ts';
import { runPart } from './run-part.ts';

/** One kind of work at one size of image. */
interface NetworkWork {
  work: ModelResult['work'];
  batches: readonly number[];
  side: number;
  /** only measured if the rows before show that the adapter is fast enough */
  isLarge?: boolean;
}

/** All work, most important first; the largest batch whose time fits is measured. */
const NETWORK: readonly NetworkWork[] = [
  { work: 'inference', batches: [1], side: 48 },
  { work: 'inference', batches: [1], side: 224 },
  { work: 'inference', batches: [32], side: 48 },
  { work: 'training step', batches: [32], side: 48 },
  { work: 'training step', batches: [32, 8], side: 112 },
  { work: 'training step', batches: [32, 8, 2], side: 224 },
  { work: 'inference', batches: [64, 8], side: 224 },
  { work: 'training step', batches: [64], side: 224, isLarge: true },
  { work: 'training step', batches: [256], side: 224, isLarge: true },
  { work: 'inference', batches: [256], side: 224, isLarge: true },
];

/** Measures feathergrad's network, one process per row. */
export async function measureNetwork(run: Run, seconds: number): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  const left = () => (deadline - performance.now()) / 1000;
  /** milliseconds per pixel of a batch, and to compile, by work; the last row of the same work */
  const pace = new Map<ModelResult['work'], { call: number; compile: number }>();
  for (const [i, { work, batches, side, isLarge }] of NETWORK.entries()) {
    const share = left() / Math.min(3, NETWORK.length - i);
    const known = pace.get(work);
    const needed = (batch: number) =>
      known ? (known.compile + 10 * known.call * batch * side * side) / 1000 : 0;
    const affordable = batches.filter((batch) => needed(batch) < share);
    const name = (batch: number) => `${work}, batch ${batch} at ${side}`;
    // the largest batch that its share of the time allows; the smallest may use all of the time that is left
    if (affordable.length === 0 || (isLarge && !pace.has(work))) {
      if (isLarge) continue;
      const smallest = batches.at(-1) as number;
      if (needed(smallest) < left()) affordable.push(smallest);
      else {
        const reason =
          left() < 5
            ? 'no time left'
            : `needs about ${Math.ceil(needed(smallest))} s, more than the time left`;
        addMissing(run, name(smallest), reason);
        continue;
      }
    }
    for (const batch of affordable) {
      if (run.signal.aborted) return;
      const row = { work, batch, side };
      const found = await measureOne(run, row, {
        seconds: Math.max(10, Math.min(left(), 2 * share)),
        rounds: 15,
        tuneMs: 0,
        activations: 'f32',
      });
      if (!found) continue;
      const pixels = batch * side * side;
      pace.set(work, { call: found.call.median / pixels, compile: found.first });
      // tuned directly after it, if that leaves most of the time to the other rows
      const tuneMs = run.isHardware ? 5000 : 20_000;
      const seconds = (2 * found.first + 2 * tuneMs + 25 * found.call.median) / 1000;
      if (seconds < share)
        await measureOne(run, row, { seconds: 2 * seconds, rounds: 15, tuneMs, activations: 'f32' });
      if (work === 'inference' && run.hasHalf && run.isHardware)
        await measureOne(run, row, { seconds: share, rounds: 15, tuneMs: 0, activations: 'f16' });
      break;
    }
  }
}

async function measureOne(
  run: Run,
  row: Pick<ModelResult, 'work' | 'batch' | 'side'>,
  {
    seconds,
    rounds,
    tuneMs,
    activations,
  }: { seconds: number; rounds: number; tuneMs: number; activations: 'f32' | 'f16' },
): Promise<ModelResult | null> {
  let found: ModelResult | null = null;
  const more = [tuneMs > 0 && ', tuned', activations === 'f16' && ', f16'].filter((word) => word).join('');
  const name = `${row.work}, batch ${row.batch} at ${row.side}${more}`;
  const end = await runPart(
    { part: 'network', row, rounds, seconds: Math.min(20, seconds / 3), tuneMs, activations },
    {
      seconds,
      log: run.log,
      signal: run.signal,
      isCold: run.isCold,
      onMessage: (message) => {
        if (message.kind === 'network') found = message.value;
      },
    },
  );
  const value = found as ModelResult | null;
  run.say(
    `  ${name}: ${value ? `${value.call.median.toFixed(2)} ms, first result after ${(value.first / 1000).toFixed(1)} s` : end}`,
  );
  if (value) run.store.update(({ rows }) => rows.push(rowOf(value, run, tuneMs > 0, activations)));
  else addMissing(run, name, end ?? 'no result');
  return value;
}

function rowOf(
  one: ModelResult,
  { version, isCold }: Run,
  isTuned: boolean,
  activations: 'f32' | 'f16',
): ResultRow {
  const { work, batch, side, call, gpu, first, peakGpuBytes, dispatches } = one;
  return {
    run: `feathergrad alone: ${work}, batch ${batch} at ${side}`,
    library: 'feathergrad',
    version,
    work: work === 'inference' ? 'inference' : 'training',
    batch,
    side,
    isTuned,
    activations,
    recomputes: false,
    call,
    gpu,
    first: isCold && !isTuned ? first : null, // with tuning it includes the tuning
    peakBytes: peakGpuBytes,
    dispatches,
    error: null,
    agrees: null,
  };
}
