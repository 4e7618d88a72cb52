import type { Device } from 'feathergrad';
import type { PipelineEntry } from '../../src/gpu/pipelines.ts';
import type { Command } from '../../src/gpu/resolver.ts';
import { markdownTable, short } from '../lib/table.ts';

/** CPU time to compile one pipeline, in milliseconds. */
export interface PipelineCost {
  kernel: string;
  /** overrides, constants and aliases that distinguish it from other pipelines of the kernel */
  structure: string;
  /** characters of the WGSL text that is compiled */
  text: number;
  /** when the pipeline is created */
  create: number;
  /** at its first dispatch, beyond the second one */
  firstRun: number;
}

/**
 * Opens a session and measures each pipeline that its capture needs, one after the other. The driver's cache must be disabled:
 * MESA_SHADER_CACHE_DISABLE=true.
 */
export async function measurePipelines(
  device: Device,
  open: () => Promise<{ capture: unknown; dispose(): void }>,
): Promise<PipelineCost[]> {
  const costs = new Map<PipelineEntry, PipelineCost>();
  const { pipelines } = device;
  const compile = pipelines.compile;
  pipelines.compile = async (entries) => {
    for (const entry of new Set(entries)) {
      if (entry.pipeline) continue;
      const create = await cpuTime(async () => {
        pipelines.compileNow(entry);
        await device.sync();
      });
      const { kernel, code } = entry;
      const structure = structureOf(device, entry);
      costs.set(entry, { kernel: kernel.name, structure, text: code.length, create, firstRun: 0 });
    }
    return [];
  };
  const session = await open().finally(() => {
    pipelines.compile = compile;
  });
  const { commands } = session.capture as { commands: Command[] };
  const ran = new Set<PipelineEntry>();
  for (const command of commands) {
    const { entry } = command;
    const run = () =>
      cpuTime(async () => {
        device.replay([command], false);
        await device.sync();
      });
    const cost = costs.get(entry);
    if (!cost || ran.has(entry)) continue;
    ran.add(entry);
    const first = await run();
    cost.firstRun = Math.max(0, first - (await run()));
  }
  session.dispose();
  return [...costs.values()];
}

/** Returns the defines and overrides of a pipeline, the last two parts of its key. */
function structureOf(device: Device, entry: PipelineEntry): string {
  const { entries } = device.pipelines as unknown as { entries: Map<string, PipelineEntry> };
  const [key = ''] = [...entries].find(([, other]) => other === entry) ?? [];
  return key.split('|').slice(1).join(' ');
}

async function cpuTime(fn: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await fn();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Tables of the sums per kernel and of the pipelines, the most expensive first. */
export function pipelineTable(costs: readonly PipelineCost[]): string {
  const total = (list: readonly PipelineCost[]) =>
    list.reduce((sum, one) => sum + one.create + one.firstRun, 0);
  const all = total(costs);
  const byKernel = new Map<string, PipelineCost[]>();
  for (const one of costs) byKernel.set(one.kernel, [...(byKernel.get(one.kernel) ?? []), one]);
  const share = (list: readonly PipelineCost[]) => `${((100 * total(list)) / all).toFixed(0)} %`;
  const sum = (list: readonly PipelineCost[], key: 'create' | 'firstRun') =>
    short(list.reduce((value, one) => value + one[key], 0));
  const row = (name: string, list: readonly PipelineCost[]) => [
    name,
    `${list.length}`,
    sum(list, 'create'),
    sum(list, 'firstRun'),
    share(list),
  ];
  const sorted = [...byKernel].sort((a, b) => total(b[1]) - total(a[1]));
  const kernels = markdownTable(
    ['kernel, CPU ms', 'pipelines', 'created', 'first run', 'share'],
    [...sorted.map(([name, list]) => row(name, list)), row('all', costs)],
  );
  const single = markdownTable(
    ['pipeline, CPU ms', 'created', 'first run', 'WGSL characters'],
    [...costs]
      .sort((a, b) => total([b]) - total([a]))
      .map((one) => [
        `${one.kernel} ${one.structure}`,
        short(one.create),
        short(one.firstRun),
        `${one.text}`,
      ]),
  );
  return `${kernels}\n\n${single}`;
}
