import { type Device, type MemoryReport, type Stats, tune } from 'feathergrad';
import { InferenceSession, TrainingSession } from '../lib/feathergrad.ts';
import { type Spread, spread } from '../lib/statistics.ts';
import { markdownTable, mebibytes, short } from '../lib/table.ts';
import { benchmarkBatch, benchmarkWeights } from '../lib/weights.ts';

/** The whole network: time, created objects and memory per call. */
export interface ModelResult {
  work: 'inference' | 'training step';
  batch: number;
  side: number;
  /** milliseconds from opening the device to the first result, including shader compilation */
  first: number;
  /** milliseconds per call, including upload and read-back */
  call: Spread;
  /** milliseconds on the GPU by timestamps around each dispatch; null if the adapter has no timestamps */
  gpu: number | null;
  /** CPU milliseconds to submit a replay */
  submit: Spread;
  dispatches: number;
  passes: number;
  submits: number;
  /** objects created in one replayed call */
  buffersCreated: number;
  bindGroupsCreated: number;
  pipelinesCreated: number;
  /** number of distinct pipelines compiled for it */
  pipelines: number;
  peakGpuBytes: number;
  memory: MemoryReport;
  /** growth of live bytes over all calls; 0 unless memory leaks */
  growthBytes: number;
  /** GPU time by kernel */
  kernels: { kernel: string; milliseconds: number; calls: number }[];
}

export const MODEL_ROWS: readonly Pick<ModelResult, 'work' | 'batch' | 'side'>[] = [
  { work: 'inference', batch: 1, side: 48 },
  { work: 'inference', batch: 32, side: 48 },
  { work: 'inference', batch: 1, side: 224 },
  { work: 'training step', batch: 32, side: 48 },
  { work: 'training step', batch: 8, side: 112 },
];

/** Rows for a hardware GPU; on a software adapter they need minutes and gigabytes. */
export const LARGE_ROWS: typeof MODEL_ROWS = [
  { work: 'inference', batch: 64, side: 224 },
  { work: 'training step', batch: 64, side: 224 },
];

/** Fast calls are sampled for this many milliseconds, so that a GPU's figures do not depend on a few calls. */
const LEAST_TIME = 500;
const MOST_SAMPLES = 300;

/**
 * Measures a row on a separate device, so that the memory peak is that of this row only. With `tuneMs` the kernels are
 * tuned first, for at most that time.
 */
export async function measureModel(
  open: () => Promise<Device>,
  row: (typeof MODEL_ROWS)[number],
  {
    rounds,
    seconds,
    tuneMs = 0,
    activations = 'f32',
  }: { rounds: number; seconds: number; tuneMs?: number; activations?: 'f32' | 'f16' },
): Promise<ModelResult> {
  const { images, labels } = benchmarkBatch(row.batch, row.side);
  const weights = benchmarkWeights();
  const opening = performance.now();
  const device = await open();
  const isTraining = row.work === 'training step';
  const openSession = () =>
    isTraining
      ? TrainingSession.open(device, weights, row.batch, row.side)
      : InferenceSession.open(device, weights, row.batch, row.side, activations);
  let session = await openSession();
  if (tuneMs > 0) {
    await tune(device, session.record, { budgetMs: tuneMs, cache: false });
    session.dispose();
    session = await openSession();
  }
  const call = () =>
    session instanceof TrainingSession ? session.step(images, labels) : session.run(images);
  try {
    await call();
    const first = performance.now() - opening;
    for (let i = 0; i < 2; i++) await call(); // warm-up
    const held = device.memory().liveBytes;
    const before = { ...device.stats };
    await call();
    const made = difference(before, device.stats);
    const times: number[] = [];
    const submits: number[] = [];
    const started = performance.now();
    const isDone = (elapsed: number) =>
      times.length < rounds
        ? times.length >= 3 && elapsed > 1000 * seconds
        : times.length >= MOST_SAMPLES || elapsed > LEAST_TIME;
    while (!isDone(performance.now() - started)) {
      const start = performance.now();
      await call();
      times.push(performance.now() - start);
      const submit = performance.now();
      session.capture.run();
      submits.push(performance.now() - submit);
      await device.sync();
    }
    const rows = device.features.has('timestamp-query') ? await session.capture.profile() : null;
    return {
      ...row,
      first,
      call: spread(times),
      submit: spread(submits),
      gpu: rows?.reduce((sum, { milliseconds }) => sum + milliseconds, 0) ?? null,
      ...made,
      pipelines: device.stats.pipelinesCreated,
      peakGpuBytes: device.stats.peakGpuBytes,
      memory: device.memory(),
      growthBytes: device.memory().liveBytes - held,
      kernels: byKernel(rows ?? []),
    };
  } finally {
    session.dispose();
    device.destroy();
  }
}

const COUNTS = [
  'dispatches',
  'passes',
  'submits',
  'buffersCreated',
  'bindGroupsCreated',
  'pipelinesCreated',
] as const;

function difference(before: Stats, after: Stats): Record<(typeof COUNTS)[number], number> {
  const [dispatches, passes, submits, buffersCreated, bindGroupsCreated, pipelinesCreated] = COUNTS.map(
    (name) => after[name] - before[name],
  ) as [number, number, number, number, number, number];
  return { dispatches, passes, submits, buffersCreated, bindGroupsCreated, pipelinesCreated };
}

function byKernel(rows: readonly { kernel: string; milliseconds: number; calls: number }[]) {
  const sums = new Map<string, ModelResult['kernels'][number]>();
  for (const { kernel, milliseconds, calls } of rows) {
    const sum = sums.get(kernel) ?? { kernel, milliseconds: 0, calls: 0 };
    sum.milliseconds += milliseconds;
    sum.calls += calls;
    sums.set(kernel, sum);
  }
  return [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

const rowName = ({ work, batch, side }: Pick<ModelResult, 'work' | 'batch' | 'side'>) =>
  `${work}, batch ${batch} at ${side}`;

export function modelTable(results: readonly ModelResult[]): string {
  return markdownTable(
    [
      'the whole network',
      'call ms',
      'GPU ms',
      'submit ms',
      'images/s',
      'dispatches',
      'made in a replay',
      'pipelines',
      'peak GPU',
      'growth',
    ],
    results.map((one) => [
      rowName(one),
      `${short(one.call.median)} (${short(one.call.q1)}-${short(one.call.q3)}, n ${one.call.samples})`,
      one.gpu === null ? '-' : short(one.gpu),
      short(one.submit.median),
      short((1000 * one.batch) / one.call.median),
      `${one.dispatches}`,
      `${one.buffersCreated + one.bindGroupsCreated + one.pipelinesCreated}`,
      `${one.pipelines}`,
      mebibytes(one.peakGpuBytes),
      `${one.growthBytes} B`,
    ]),
  );
}

/** Formats the memory of a row that is ready to run, by purpose. */
export function memoryTable(results: readonly ModelResult[]): string {
  const owners = [...new Set(results.flatMap(({ memory }) => Object.keys(memory.byOwner)))].sort();
  return markdownTable(
    ['memory', ...owners, 'live', 'GPU now', 'GPU peak'],
    results.map((one) => [
      rowName(one),
      ...owners.map((owner) => mebibytes(one.memory.byOwner[owner as keyof MemoryReport['byOwner']] ?? 0)),
      mebibytes(one.memory.liveBytes),
      mebibytes(one.memory.gpuBytes),
      mebibytes(one.memory.peakGpuBytes),
    ]),
  );
}

/** Formats the GPU time of a row by kernel, slowest first. */
export function hotKernels(one: ModelResult, most = 12): string {
  const total = one.gpu ?? 0;
  return markdownTable(
    [`${rowName(one)}: kernel`, 'calls', 'GPU ms', 'share'],
    one.kernels
      .slice(0, most)
      .map(({ kernel, calls, milliseconds }) => [
        kernel,
        `${calls}`,
        short(milliseconds),
        `${Math.round((100 * milliseconds) / total)} %`,
      ]),
  );
}
