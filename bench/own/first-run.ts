import { spawnSync } from 'node:child_process';
import { type Spread, spread } from '../lib/statistics.ts';
import { markdownTable, short } from '../lib/table.ts';

/** Milliseconds from loading feathergrad to the first result of a process, including shader compilation. */
export interface FirstRun {
  work: string;
  batch: number;
  side: number;
  /** opening the device */
  device: Spread;
  /** upload of the model, recording, shader compilation */
  compile: Spread;
  /** the first call */
  run: Spread;
  total: Spread;
  pipelines: number;
}

interface Times {
  work: string;
  batch: number;
  side: number;
  device: number;
  compile: number;
  run: number;
  total: number;
  pipelines: number;
}

const ROWS = [
  ['inference', '1', '48'],
  ['training', '32', '48'],
] as const;

/** Starts `rounds` cold processes per row, with the drivers' shader caches disabled. */
export function measureFirstRun(script: string, rounds: number): FirstRun[] {
  return ROWS.map((row) => {
    const runs = Array.from({ length: rounds }, () => once(script, row));
    const { work, batch, side, pipelines } = runs[0] as Times;
    const of = (part: 'device' | 'compile' | 'run' | 'total') => spread(runs.map((one) => one[part]));
    return {
      work,
      batch,
      side,
      device: of('device'),
      compile: of('compile'),
      run: of('run'),
      total: of('total'),
      pipelines,
    };
  });
}

function once(script: string, row: readonly string[]): Times {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...row], {
    encoding: 'utf8',
    env: { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0' },
  });
  const line = stdout
    .split('\n')
    .reverse()
    .find((text) => text.startsWith('{'));
  if (!line) throw new Error(`the first run (${row.join(' ')}) ended with ${status}: ${stderr || stdout}`);
  return JSON.parse(line) as Times;
}

export function firstRunTable(runs: readonly FirstRun[]): string {
  return markdownTable(
    ['first run, cold', 'total ms', 'open device', 'record and compile', 'first call', 'pipelines', 'n'],
    runs.map((one) => [
      `${one.work}, batch ${one.batch} at ${one.side}`,
      `${short(one.total.median)} (${short(one.total.q1)}-${short(one.total.q3)})`,
      short(one.device.median),
      short(one.compile.median),
      short(one.run.median),
      `${one.pipelines}`,
      `${one.total.samples}`,
    ]),
  );
}
