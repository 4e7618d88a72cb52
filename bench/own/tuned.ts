import { type Device, type TunedOperation, tune } from 'feathergrad';
import { InferenceSession, TrainingSession } from '../lib/feathergrad.ts';
import { type Spread, spread } from '../lib/statistics.ts';
import { markdownTable, short } from '../lib/table.ts';
import { benchmarkBatch, benchmarkWeights } from '../lib/weights.ts';
import type { ModelResult } from './model.ts';

/** The whole network with the default kernels and with the tuned ones, in turn on one device. */
export interface TunedResult extends Pick<ModelResult, 'work' | 'batch' | 'side'> {
  /** whether subgroups were enabled */
  subgroups: boolean;
  /** seconds that tuning took */
  tuningSeconds: number;
  measured: TunedOperation[];
  left: number;
  /** milliseconds per call */
  byDefault: Spread;
  tuned: Spread;
  /** quotients of neighboring calls, default / tuned */
  gain: Spread;
}

/** Measures a row; the calls of both recordings alternate, so that other load affects both. */
export async function measureTuned(
  device: Device,
  row: Pick<ModelResult, 'work' | 'batch' | 'side'>,
  { rounds, seconds, budgetMs }: { rounds: number; seconds: number; budgetMs: number },
): Promise<TunedResult> {
  const { images, labels } = benchmarkBatch(row.batch, row.side);
  const weights = benchmarkWeights();
  const open = () =>
    row.work === 'training step'
      ? TrainingSession.open(device, weights, row.batch, row.side)
      : InferenceSession.open(device, weights, row.batch, row.side);
  const before = await open();
  const started = performance.now();
  const { measured, left } = await tune(device, () => before.record(), { budgetMs, cache: false });
  const tuningSeconds = (performance.now() - started) / 1000;
  const after = await open();
  const timeOf = async (session: typeof before) => {
    const start = performance.now();
    await (session instanceof TrainingSession ? session.step(images, labels) : session.run(images));
    return performance.now() - start;
  };
  try {
    for (const session of [before, after, before, after]) await timeOf(session); // warm-up
    const pairs: (readonly [byDefault: number, tuned: number])[] = [];
    const begin = performance.now();
    while (pairs.length < rounds && (pairs.length < 5 || performance.now() - begin < 1000 * seconds)) {
      if (pairs.length % 2 === 0) {
        const byDefault = await timeOf(before);
        pairs.push([byDefault, await timeOf(after)]);
      } else {
        const tuned = await timeOf(after);
        pairs.push([await timeOf(before), tuned]);
      }
    }
    return {
      ...row,
      subgroups: device.features.has('subgroups'),
      tuningSeconds,
      measured,
      left,
      byDefault: spread(pairs.map(([byDefault]) => byDefault)),
      tuned: spread(pairs.map(([, tuned]) => tuned)),
      gain: spread(pairs.map(([byDefault, tuned]) => byDefault / tuned)),
    };
  } finally {
    before.dispose();
    after.dispose();
  }
}

/** Formats one row per network. */
export function tunedTable(results: readonly TunedResult[]): string {
  const all = (spread: Spread) => `${short(spread.median)} (${short(spread.q1)}-${short(spread.q3)})`;
  return markdownTable(
    [
      'the whole network',
      'subgroups',
      'default ms',
      'tuned ms',
      'default / tuned',
      'operations',
      'faster',
      'default sum ms',
      'tuned sum ms',
      'tuning s',
    ],
    results.map((one) => {
      const faster = one.measured.filter(({ variant }) => variant !== 'default');
      const sum = (of: (operation: TunedOperation) => number) =>
        one.measured.reduce((total, operation) => total + operation.count * of(operation), 0);
      return [
        `${one.work}, batch ${one.batch} at ${one.side}`,
        one.subgroups ? 'yes' : 'no',
        all(one.byDefault),
        all(one.tuned),
        all(one.gain),
        `${one.measured.length}${one.left > 0 ? ` of ${one.measured.length + one.left}` : ''}`,
        `${faster.length}`,
        short(sum(({ defaultMs }) => defaultMs)),
        short(sum(({ variantMs }) => variantMs)),
        short(one.tuningSeconds),
      ];
    }),
  );
}

/** Formats the operations of a row that gained most. */
export function tunedOperations(one: TunedResult, most = 12): string {
  const gain = ({ count, defaultMs, variantMs }: TunedOperation) => count * (defaultMs - variantMs);
  const rows = [...one.measured].sort((a, b) => gain(b) - gain(a)).slice(0, most);
  return markdownTable(
    [
      `${one.work}, batch ${one.batch} at ${one.side}${one.subgroups ? '' : ', no subgroups'}`,
      'calls',
      'variant',
      'default ms',
      'variant ms',
      'gain',
    ],
    rows.map(({ key, count, variant, defaultMs, variantMs }) => [
      key,
      `${count}`,
      variant,
      short(defaultMs),
      short(variantMs),
      short(defaultMs / variantMs),
    ]),
  );
}
