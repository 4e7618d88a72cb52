// `npm run bench:gpu`: everything that is worth measuring on a GPU, within a time limit and without a network. Each part
// is written to disk when it ends: result.json (the format of docs/results/), result.md and two charts.
import { existsSync, readFileSync } from 'node:fs';
import { arch, platform, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { thisMachine } from '../lib/machine.ts';
import type { NodeAdapter } from '../lib/node-adapter.ts';
import { RESULT_FORMAT, type Result } from '../lib/result-format.ts';
import { benchFolder } from '../lib/results.ts';
import { measureNetwork } from './network.ts';
import { measureKernelShapes, measurePeers, type Run, takeLimits } from './parts.ts';
import { runPart } from './run-part.ts';
import { ResultFolder } from './store.ts';
import { trainOnData } from './train-on-data.ts';
import { diagnoseVulkan, unlistedDrivers, vulkanDrivers } from './vulkan.ts';

const PARTS = ['limits', 'network', 'peers', 'kernels'] as const;
type PartName = (typeof PARTS)[number];

/** Seconds that are kept for stopping a training run and writing its report. */
const STOPPING = 25;

interface Options {
  minutes: number;
  adapter?: string;
  only?: PartName[];
  data?: string;
  out?: string;
  notes?: string;
  warm?: boolean;
}

const options = new Command(process.env.FEATHERGRAD_BENCH_COMMAND ?? 'npm run bench:gpu --')
  .description('measures this GPU within a time limit: limits, network, other libraries, kernels, training')
  .option('--minutes <n>', 'time limit', minutes, 8)
  .option(
    '--adapter <kind>',
    "auto, hardware, software, lavapipe, swiftshader, or a Vulkan driver's .json file",
  )
  .option('--only <parts>', `some of ${PARTS.join(',')} (default: all)`, parts)
  .option(
    '--data <path>',
    'FER+ (or any data set of `feathergrad train`): train on it for the rest of the time',
  )
  .option('--out <folder>', 'folder of the result (default: bench/results/gpu-<adapter>)')
  .option(
    '--warm',
    "use the driver's shader cache; first results are then not measured (compiling for a CPU takes minutes)",
  )
  .option('--notes <text>', 'a sentence for readers of the result, such as other load on the machine')
  .option(
    '--pack <file>',
    'instead of measuring, write an archive that runs on a Linux machine without a network',
  )
  .parse()
  .opts<Options>();

const started = performance.now();
const secondsLeft = () => 60 * options.minutes - (performance.now() - started) / 1000;
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (stopping.signal.aborted) process.exit(130);
    console.error('Stopping. What was measured is kept.');
    stopping.abort();
  });
}
if (options.data !== undefined && !existsSync(options.data)) {
  fail(`--data: the path does not exist (got ${options.data}).`);
}
if (options.adapter) process.env.FEATHERGRAD_ADAPTER = options.adapter;

const log = join(tmpdir(), 'feathergrad-bench.log');
const facts = await findAdapter();
const slug = facts.name.replace(/\W+/g, '-').replace(/^-|-$/g, '').slice(0, 40);
const folder = resolve(options.out ?? join(benchFolder(), 'results', `gpu-${slug}`));
const store = new ResultFolder(folder, emptyResult(facts));
console.log(
  `${facts.name} (${facts.driver ?? 'driver not reported'}), at most ${options.minutes} minutes\n${folder}\n`,
);

const run: Run = {
  store,
  version: libraryVersion(),
  isHardware: facts.kind === 'hardware',
  hasHalf: facts.features.includes('shader-f16'),
  isCold: !options.warm,
  log: join(folder, 'output.log'),
  signal: stopping.signal,
  say: (text) => console.log(text),
};
// the parts share the time; what one does not use is left for the next
const forTraining = options.data === undefined ? 0 : 0.3;
const shares: Record<PartName, number> = { limits: 0.1, network: 0.45, peers: 0.55, kernels: 1 };
const measure: Record<PartName, (seconds: number) => Promise<void>> = {
  limits: (seconds) => takeLimits(run, seconds),
  network: (seconds) => measureNetwork(run, seconds),
  peers: (seconds) => measurePeers(run, seconds),
  kernels: (seconds) => measureKernelShapes(run, seconds),
};
for (const part of PARTS.filter((name) => options.only?.includes(name) ?? true)) {
  if (stopping.signal.aborted) break;
  const seconds = shares[part] * (secondsLeft() - 60 * options.minutes * forTraining);
  console.log(`${part}: at most ${Math.round(seconds)} s`);
  await measure[part](seconds);
}
if (options.data !== undefined && !stopping.signal.aborted) {
  await trainOnData(run, options.data, secondsLeft() - STOPPING);
}
const { missing } = store.result;
console.log(`\n${readFileSync(join(folder, 'result.md'), 'utf8')}`);
console.log(
  `written: ${['result.json', 'result.md', 'network.svg', 'roofline.svg']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .join(', ')}`,
);
if (missing.length > 0)
  console.log(`${missing.length} measurements are missing; result.md gives the reasons.`);
process.exit(stopping.signal.aborted ? 130 : 0);

/**
 * Opens the adapter in a separate process. If only a CPU is found, drivers in folders that the Vulkan loader does not
 * search, and NVIDIA's driver without a file for the loader, are tried as well.
 */
async function findAdapter(): Promise<NodeAdapter> {
  const first = await tryAdapter();
  const isWanted = (found: NodeAdapter | string) => typeof found !== 'string' && found.kind === 'hardware';
  if (!process.env.FEATHERGRAD_ADAPTER && !isWanted(first)) {
    const files = vulkanDrivers().filter(({ isSoftware, problem }) => !isSoftware && !problem);
    for (const file of [...files.map((one) => one.file), ...unlistedDrivers(tmpdir())]) {
      process.env.FEATHERGRAD_ADAPTER = file;
      const found = await tryAdapter();
      if (typeof found !== 'string' && found.kind === 'hardware') return found;
    }
    delete process.env.FEATHERGRAD_ADAPTER;
  }
  const lines = diagnoseVulkan().map((text) => `- ${text}`);
  if (typeof first === 'string') {
    fail(
      [`No GPU could be opened: ${first}`, ...(lines.length > 0 ? ['This machine:', ...lines] : [])].join(
        '\n',
      ),
    );
  }
  if (first.kind === 'software' && !options.adapter) {
    console.log(
      ['Only a software adapter was found; every figure is that of the CPU.', ...lines, ''].join('\n'),
    );
  }
  return first;
}

async function tryAdapter(): Promise<NodeAdapter | string> {
  let found: NodeAdapter | undefined;
  const end = await runPart(
    { part: 'facts' },
    {
      seconds: 60,
      log,
      signal: stopping.signal,
      isCold: false,
      onMessage: (message) => {
        if (message.kind === 'facts') found = message.value;
      },
    },
  );
  return found ?? end ?? 'no answer';
}

function emptyResult({ webgpu, ...adapter }: NodeAdapter): Result {
  const { date, cpu, cores, node } = thisMachine();
  return {
    format: RESULT_FORMAT,
    date,
    adapter,
    system: {
      os: `${platform()} ${release()} ${arch()}`,
      cpu,
      cores,
      engine: `Node ${node.slice(1)}, webgpu ${webgpu} (Dawn)`,
    },
    limits: null,
    rows: [],
    kernels: [],
    training: null,
    missing: [],
    notes: options.notes ?? '',
  };
}

function libraryVersion(): string {
  const manifest = readFileSync(join(benchFolder(), '../package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function minutes(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 1 && value <= 600) return value;
  throw new InvalidArgumentError(`Expected a number from 1 to 600.`);
}

function parts(text: string): PartName[] {
  const names = text.split(',');
  const unknown = names.find((name) => !PARTS.some((known) => known === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Expected some of ${PARTS.join(',')} (got "${unknown}").`);
  return names as PartName[];
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
