import benny from 'benny';
import type { Device } from '../../src/index.ts';
import { type Spread, spread } from '../lib/statistics.ts';
import { markdownTable, percent, short } from '../lib/table.ts';
import { casesOf, type Direction, type KernelCase } from './kernel-cases.ts';
import { bandwidthFor, type DeviceLimits } from './limits.ts';
import { Repeated } from './repeated.ts';
import { type LayerShape, nameOf } from './shapes.ts';

/** How long one operation takes at one shape, beside the least time that the device's limits allow. */
export interface KernelResult {
  name: string;
  kind: LayerShape['kind'];
  direction: Direction;
  /** of the input pictures: `batch 32 at 48` */
  input: string;
  /** layers of the network that have this shape */
  times: number;
  dispatches: number;
  /** by the clock, submission included */
  wall: Spread;
  /** by timestamps; null where the adapter has none */
  gpu: Spread | null;
  /** roofline: the larger of bytes / bandwidth and flops / arithmetic, in milliseconds */
  limit: number;
  limitedBy: 'bandwidth' | 'arithmetic';
  /** limit / the smaller of the two medians: a pass for each timestamp, and a wait for each replay, add to them */
  share: number;
  /** the same with the limit raised by the cost of its dispatches, which a small shape cannot escape */
  shareWithDispatches: number;
}

export interface KernelOptions {
  directions: readonly Direction[];
  /** the pictures that the shapes come from, in words */
  input: string;
  /** seconds for each operation */
  seconds: number;
  /** only shapes whose name contains this */
  filter?: string | undefined;
}

/**
 * Times the operations of each shape by benny: its samples are of a replay that does the operation many times over;
 * the medians and quartiles are ours.
 */
export async function measureKernels(
  device: Device,
  shapes: readonly LayerShape[],
  limits: DeviceLimits,
  { directions, input, seconds, filter = '' }: KernelOptions,
): Promise<KernelResult[]> {
  const results: KernelResult[] = [];
  for (const shape of shapes.filter((one) => nameOf(one).includes(filter))) {
    const { cases, dispose } = casesOf(device, shape, directions);
    try {
      if (cases.length === 0) continue;
      const measured = await measureShape(device, cases, limits, seconds);
      results.push(...measured.map((one) => ({ ...one, input })));
    } finally {
      dispose();
      device.trim();
    }
  }
  return results;
}

async function measureShape(
  device: Device,
  cases: readonly KernelCase[],
  limits: DeviceLimits,
  seconds: number,
): Promise<Omit<KernelResult, 'input'>[]> {
  const recordings: Repeated[] = [];
  for (const { record } of cases) recordings.push(await Repeated.record(device, record));
  const results: Omit<KernelResult, 'input'>[] = [];
  try {
    // one by one: benny would prepare all cases of a suite at once, by running them side by side
    for (const [i, one] of cases.entries()) {
      const repeated = recordings[i] as Repeated;
      const name = `${one.name}, ${one.direction}`;
      const summary = await benny.suite(
        name,
        benny.add(name, () => repeated.run()),
        benny.cycle(({ details }) => `  ${short((1000 * details.median) / repeated.repeats)} ms`),
        benny.configure({ cases: { minSamples: 8, minTime: 0, maxTime: seconds, initCount: 1, delay: 0 } }),
      );
      const samples = summary.results[0]?.details.sampleResults ?? [];
      const wall = spread(samples.map((sample) => (1000 * sample) / repeated.repeats));
      const stamps: number[] = [];
      for (let round = 0; round < 7; round++) stamps.push((await repeated.gpuTime()) ?? Number.NaN);
      const gpu = Number.isNaN(stamps[0]) ? null : spread(stamps);
      results.push(resultOf(one, repeated.dispatches, wall, gpu, limits));
    }
  } finally {
    for (const recording of recordings) recording.dispose();
  }
  return results;
}

function resultOf(
  { name, shape, direction, flops, bytes }: KernelCase,
  dispatches: number,
  wall: Spread,
  gpu: Spread | null,
  limits: DeviceLimits,
): Omit<KernelResult, 'input'> {
  const byBandwidth = (1000 * bytes) / bandwidthFor(limits, bytes);
  const byArithmetic = (1000 * flops) / limits.flopsPerSecond;
  const limit = Math.max(byBandwidth, byArithmetic);
  const measured = measuredTime({ wall, gpu });
  return {
    name,
    kind: shape.kind,
    direction,
    times: shape.times,
    dispatches,
    wall,
    gpu,
    limit,
    limitedBy: byBandwidth >= byArithmetic ? 'bandwidth' : 'arithmetic',
    share: limit / measured,
    shareWithDispatches: (limit + 1000 * dispatches * limits.secondsPerDispatch) / measured,
  };
}

const measuredTime = ({ wall, gpu }: Pick<KernelResult, 'wall' | 'gpu'>) =>
  Math.min(wall.median, gpu?.median ?? wall.median);

/** One row an operation and shape. */
export function kernelTable(results: readonly KernelResult[]): string {
  return markdownTable(
    [
      'operation',
      'layers',
      'dispatches',
      'GPU ms',
      'wall ms',
      'limit ms',
      'limited by',
      'of limit',
      'with dispatch',
    ],
    results.map((one) => [
      `${one.name}, ${one.direction}`,
      `${one.times}`,
      `${one.dispatches}`,
      one.gpu ? quartiles(one.gpu) : '-',
      quartiles(one.wall),
      short(one.limit),
      one.limitedBy,
      percent(one.share),
      percent(one.shareWithDispatches),
    ]),
  );
}

const quartiles = ({ median, q1, q3 }: Spread) => `${short(median)} (${short(q1)}-${short(q3)})`;

/**
 * The network as a whole: all layers of a kind and direction, and all convolutions, each as often as the network has
 * it; their least time over their measured time.
 */
export function kernelTotals(results: readonly KernelResult[]) {
  const totals = new Map<string, { name: string; measured: number; limit: number; floor: number }>();
  const add = (name: string, one: KernelResult) => {
    const sum = totals.get(name) ?? { name, measured: 0, limit: 0, floor: 0 };
    const measured = measuredTime(one);
    sum.measured += one.times * measured;
    sum.limit += one.times * one.limit;
    sum.floor += one.times * one.shareWithDispatches * measured;
    totals.set(name, sum);
  };
  for (const one of results) add(`${one.kind}, ${one.direction}, ${one.input}`, one);
  for (const one of results) if (one.kind !== 'batchNorm') add(`all convolutions, ${one.input}`, one);
  return [...totals.values()].map(({ name, measured, limit, floor }) => ({
    name,
    measured,
    limit,
    share: limit / measured,
    shareWithDispatches: floor / measured,
  }));
}

export function totalsTable(results: readonly KernelResult[]): string {
  return markdownTable(
    ['all layers of a kind', 'ms', 'limit ms', 'of limit', 'with dispatch'],
    kernelTotals(results).map((one) => [
      one.name,
      short(one.measured),
      short(one.limit),
      percent(one.share),
      percent(one.shareWithDispatches),
    ]),
  );
}
