// `npm run bench`: the device's limits, the share of them that each kernel reaches, the whole network, the first run,
// memory, and the size of a page. Writes bench/results/own-<adapter>.json and .md.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { Kernel } from '../../src/gpu/kernel.ts';
import { tuningFor } from '../../src/gpu/tuning.ts';
import type { Device } from '../../src/index.ts';
import { createDevice } from '../../src/node/index.ts';
import { gpuRules } from '../../src/tensor/variants/gpu-rules.ts';
import { type BundleSize, inferencePageSize } from '../lib/bundle-size.ts';
import { InferenceSession, TrainingSession } from '../lib/feathergrad.ts';
import { describeMachine, thisMachine } from '../lib/machine.ts';
import { benchFolder, writeResult } from '../lib/results.ts';
import { markdownTable, short } from '../lib/table.ts';
import { benchmarkWeights } from '../lib/weights.ts';
import { withBenny } from './benny-sampler.ts';
import { dispatchTable, type InferenceDispatches, inferenceDispatches } from './dispatches.ts';
import { type FirstRun, firstRunTable, measureFirstRun } from './first-run.ts';
import { type HalfResult, halfTable, measureHalf } from './half.ts';
import { DIRECTIONS } from './kernel-cases.ts';
import { kernelTable, measureKernels, totalsTable } from './kernels.ts';
import { type DeviceLimits, measureLimits } from './limits.ts';
import {
  hotKernels,
  LARGE_ROWS,
  MODEL_ROWS,
  type ModelResult,
  measureModel,
  memoryTable,
  modelTable,
} from './model.ts';
import { measurePipelines, type PipelineCost, pipelineTable } from './pipelines.ts';
import { measureRecompute, type RecomputeResult, recomputeTable } from './recompute.ts';
import { type KernelResult, kernelTotals } from './roofline.ts';
import { layerShapes } from './shapes.ts';
import { measureTuned, type TunedResult, tunedOperations, tunedTable } from './tuned.ts';

/** Parts that are measured by default. */
const PARTS = ['size', 'limits', 'kernels', 'dispatches', 'model', 'half', 'recompute', 'first'] as const;
const ALL_PARTS = [...PARTS, 'tuned', 'pipelines'] as const;

interface Options {
  only: string;
  filter?: string;
  adapter?: 'auto' | 'hardware' | 'software' | 'lavapipe' | 'swiftshader';
  seconds: number;
  rounds: number;
  batch: number;
  side: number;
  asGpu?: boolean;
  large?: boolean;
  without?: string;
  tune?: boolean;
  tuneSeconds: number;
  quick?: boolean;
}

interface Report {
  size?: BundleSize;
  limits?: DeviceLimits;
  kernels?: KernelResult[];
  totals?: ReturnType<typeof kernelTotals>;
  dispatches?: InferenceDispatches[];
  model?: ModelResult[];
  half?: HalfResult[];
  recompute?: RecomputeResult[];
  first?: FirstRun[];
  tuned?: TunedResult[];
  pipelines?: { work: string; costs: PipelineCost[] }[];
}

const options = new Command('npm run bench --')
  .description("feathergrad compared with this device's limits")
  .option('--only <parts>', `some of ${ALL_PARTS.join(',')}`, PARTS.join(','))
  .option(
    '--filter <text>',
    'restrict to kernels and shapes, or tuned networks, whose name contains this text, such as "depthwise 32x3x3"',
  )
  .addOption(
    new Option('--adapter <kind>', 'which GPU').choices([
      'auto',
      'hardware',
      'software',
      'lavapipe',
      'swiftshader',
    ]),
  )
  .option('--as-gpu', 'select kernels as on a GPU, also on a software adapter')
  .option('--seconds <n>', 'seconds per kernel', Number, 0.4)
  .option('--rounds <n>', 'number of calls of the whole network', Number, 15)
  .option('--batch <n>', 'batch size for the kernels', Number, 32)
  .option('--side <pixels>', 'image side in pixels for the kernels', Number, 48)
  .option(
    '--large',
    'also run the whole network at batch 64 and side 224, and time recompute at batch 32 and side 224',
  )
  .option('--without <features>', 'features to disable, such as subgroups')
  .option('--tune', 'also the part tuned: the whole network with the default and with the tuned kernels')
  .option('--tune-seconds <n>', 'time to tune each network of the part tuned', Number, 60)
  .option('--quick', 'fewer shapes and rounds: a quick check, not a measurement')
  .parse()
  .opts<Options>();

const parts = options.only.split(',');
if (options.tune && !parts.includes('tuned')) parts.push('tuned');
for (const part of parts) {
  if (!ALL_PARTS.some((known) => known === part)) {
    throw new Error(`--only: unknown part (got "${part}", expected ${ALL_PARTS.join(', ')})`);
  }
}
const { adapter, quick = false } = options;
if (adapter) process.env.FEATHERGRAD_ADAPTER = adapter; // for the processes of the first run as well
const without = options.without?.split(',') ?? [];

async function open(): Promise<Device> {
  const device = await createDevice({ without });
  if (options.asGpu) {
    device.tuning = tuningFor({}, false);
    device.rules = gpuRules(Kernel);
  }
  return device;
}

const machine = thisMachine();
const report: Report = {};
const text: string[] = [];
const say = (part: string) => {
  text.push(part);
  console.log(`\n${part}`);
};

const device = await open();
say(`${device.description}\n${describeMachine(machine)}`);
try {
  if (parts.includes('size')) {
    report.size = await inferencePageSize(join(benchFolder(), '..'));
    const { minified, gzipped } = report.size;
    say(
      `A page for inference loads ${short(minified / 1000)} kB minified, ${short(gzipped / 1000)} kB gzipped.`,
    );
  }
  if (parts.includes('limits') || parts.includes('kernels')) {
    report.limits = await measureLimits(device);
    say(limitsTable(report.limits));
  }
  if (report.limits && parts.includes('kernels')) report.kernels = await kernels(device, report.limits);
  if (report.kernels) {
    report.totals = kernelTotals(report.kernels);
    say(kernelTable(report.kernels));
    say(totalsTable(report.kernels));
  }
  if (parts.includes('dispatches')) {
    report.dispatches = inferenceDispatches(device);
    for (const one of report.dispatches) say(dispatchTable(one));
  }
} finally {
  device.destroy();
}
if (parts.includes('model')) {
  report.model = [];
  const rounds = quick ? 5 : options.rounds;
  const rows = options.large ? [...MODEL_ROWS, ...LARGE_ROWS] : MODEL_ROWS;
  for (const row of rows) report.model.push(await measureModel(open, row, { rounds, seconds: 30 }));
  say(modelTable(report.model));
  say(memoryTable(report.model));
  for (const row of report.model.filter(({ kernels }) => kernels.length > 0)) say(hotKernels(row));
}
if (parts.includes('half')) {
  const shared = await open();
  try {
    if (shared.features.has('shader-f16')) {
      report.half = [];
      const rows = options.large ? [...MODEL_ROWS, ...LARGE_ROWS] : MODEL_ROWS;
      for (const row of rows.filter(({ work }) => work === 'inference')) {
        report.half.push(await measureHalf(shared, row, { rounds: quick ? 5 : options.rounds, seconds: 30 }));
      }
      say(halfTable(report.half));
    } else say('Activations in half precision: this adapter does not support shader-f16.');
  } finally {
    shared.destroy();
  }
}
if (parts.includes('tuned')) {
  report.tuned = [];
  const short = quick ? MODEL_ROWS.filter(({ batch, side }) => batch === 1 && side === 48) : MODEL_ROWS;
  const { filter = '' } = options;
  const rows = short.filter(({ work, batch, side }) => `${work}, batch ${batch} at ${side}`.includes(filter));
  for (const row of options.large ? [...rows, ...LARGE_ROWS] : rows) {
    const own = await open();
    try {
      const limits = { rounds: quick ? 5 : options.rounds, seconds: 30 };
      const result = await measureTuned(own, row, { ...limits, budgetMs: 1000 * options.tuneSeconds });
      report.tuned.push(result);
      say(tunedOperations(result));
      console.log(`\n${tunedTable([result])}`);
    } finally {
      own.destroy();
    }
  }
  say(tunedTable(report.tuned));
}
if (parts.includes('recompute')) {
  const shared = await open();
  try {
    const rounds = quick ? 3 : options.rounds;
    report.recompute = await measureRecompute(shared, { rounds, seconds: 60, large: !!options.large });
    say(recomputeTable(report.recompute));
  } finally {
    shared.destroy();
  }
}
if (parts.includes('pipelines')) {
  process.env.MESA_SHADER_CACHE_DISABLE = 'true';
  report.pipelines = [];
  for (const [work, batch] of [
    ['inference', 1],
    ['training step', 32],
  ] as const) {
    const own = await open();
    try {
      const Session = work === 'inference' ? InferenceSession : TrainingSession;
      const costs = await measurePipelines(own, () => Session.open(own, benchmarkWeights(), batch, 48));
      report.pipelines.push({ work, costs });
      say(`${work}, batch ${batch} at 48\n\n${pipelineTable(costs)}`);
    } finally {
      own.destroy();
    }
  }
}
if (parts.includes('first')) {
  const script = fileURLToPath(new URL('first-step.mjs', import.meta.url));
  report.first = measureFirstRun(script, quick ? 1 : 3);
  say(firstRunTable(report.first));
}
const suffix = without.length > 0 ? `-without-${without.join('-')}` : '';
const name = `own-${device.description.replace(/\W+/g, '-').slice(0, 40)}${suffix}`;
writeResult(`${name}.json`, JSON.stringify({ machine, adapter: device.description, ...report }, null, 1));
writeResult(`${name}.md`, text.join('\n\n'));

async function kernels(on: Device, limits: DeviceLimits): Promise<KernelResult[]> {
  const { filter, batch, side } = options;
  const seconds = quick ? 0.05 : options.seconds;
  const training = await measureKernels(on, layerShapes(batch, side), limits, {
    directions: DIRECTIONS,
    input: `batch ${batch} at ${side}`,
    seconds,
    filter,
    sample: withBenny,
  });
  if (quick) return training;
  const shapes = layerShapes(1, 224).filter(({ kind }) => kind !== 'batchNorm');
  const inference = await measureKernels(on, shapes, limits, {
    directions: ['forward'],
    input: 'batch 1 at 224',
    seconds,
    filter,
    sample: withBenny,
  });
  return [...training, ...inference];
}

function limitsTable(limits: DeviceLimits): string {
  const stamps = limits.usesTimestamps ? 'by timestamps' : 'by the clock';
  return markdownTable(
    [`the device's limits, ${stamps}`, 'measured'],
    [
      ...limits.copy.map(({ megabytes, bytesPerSecond }) => [
        `copy of a working set of ${megabytes} MiB`,
        `${short(bytesPerSecond / 1e9)} GB/s`,
      ]),
      ['fused multiply-add', `${short(limits.flopsPerSecond / 1e9)} GFLOP/s`],
      ['one dispatch, wall-clock time', `${short(1e6 * limits.secondsPerDispatch)} us`],
      ...Object.entries(limits.secondsPerBarrier).map(([size, seconds]) => [
        `barrier in a workgroup of ${size}`,
        `${short(1e6 * seconds)} us`,
      ]),
    ],
  );
}
