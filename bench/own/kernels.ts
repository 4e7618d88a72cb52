import type { Device } from 'feathergrad';
import { type Spread, spread } from '../lib/statistics.ts';
import { markdownTable, percent, short } from '../lib/table.ts';
import { casesOf, type Direction, type KernelCase } from './kernel-cases.ts';
import type { DeviceLimits } from './limits.ts';
import { Repeated } from './repeated.ts';
import { type KernelResult, kernelTotals, resultOf } from './roofline.ts';
import { type LayerShape, nameOf } from './shapes.ts';

export interface KernelOptions {
  directions: readonly Direction[];
  /** description of the input that the shapes come from */
  input: string;
  /** seconds per operation */
  seconds: number;
  /** restricts the run to shapes whose name contains this text */
  filter?: string | undefined;
  /** takes the samples of one operation (default: a loop) */
  sample?: Sampler;
}

/** Returns milliseconds per operation, one value per replay. */
export type Sampler = (name: string, repeated: Repeated, seconds: number) => Promise<number[]>;

export const MIN_SAMPLES = 8;

const inLoop: Sampler = async (_, repeated, seconds) => {
  const samples: number[] = [];
  const started = performance.now();
  while (samples.length < MIN_SAMPLES || performance.now() - started < 1000 * seconds) {
    samples.push(await repeated.timedRun());
  }
  return samples;
};

/** Times the operations of each shape. A sample is a replay that repeats the operation many times. */
export async function measureKernels(
  device: Device,
  shapes: readonly LayerShape[],
  limits: DeviceLimits,
  { directions, input, seconds, filter = '', sample = inLoop }: KernelOptions,
): Promise<KernelResult[]> {
  const results: KernelResult[] = [];
  for (const shape of shapes.filter((one) => nameOf(one).includes(filter))) {
    const { cases, dispose } = casesOf(device, shape, directions);
    try {
      if (cases.length === 0) continue;
      const measured = await measureShape(device, cases, limits, (name, repeated) =>
        sample(name, repeated, seconds),
      );
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
  sample: (name: string, repeated: Repeated) => Promise<number[]>,
): Promise<Omit<KernelResult, 'input'>[]> {
  const recordings: Repeated[] = [];
  for (const { record } of cases) recordings.push(await Repeated.record(device, record));
  const results: Omit<KernelResult, 'input'>[] = [];
  try {
    for (const [i, one] of cases.entries()) {
      const repeated = recordings[i] as Repeated;
      const wall = spread(await sample(`${one.name}, ${one.direction}`, repeated));
      console.log(`  ${one.name}, ${one.direction}: ${short(wall.median)} ms`);
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

/** Formats one row per operation and shape. */
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

export function totalsTable(results: readonly KernelResult[]): string {
  return markdownTable(
    ['all layers of the same kind', 'ms', 'limit ms', 'of limit', 'with dispatch'],
    kernelTotals(results).map((one) => [
      one.name,
      short(one.measured),
      short(one.limit),
      percent(one.share),
      percent(one.shareWithDispatches),
    ]),
  );
}
