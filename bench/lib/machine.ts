import { arch, cpus, platform, release } from 'node:os';

/** Describes the machine; printed above every table and stored in the results. */
export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  system: string;
  node: string;
}

export function thisMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}

export function describeMachine({ date, cpu, cores, system, node }: Machine): string {
  return `${date.slice(0, 16).replace('T', ' ')} UTC; ${cores} x ${cpu}; ${system}; Node ${node}`;
}
