import { rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const NAME = 'run.lock';

interface Holder {
  pid: number;
  host: string;
  started: string;
}

/** Prevents two processes from writing to the folder of the same run. */
export class RunLock {
  private readonly path: string;
  private readonly onExit = () => rmSync(this.path, { force: true });

  private constructor(path: string) {
    this.path = path;
    process.once('exit', this.onExit);
  }

  /**
   * Locks a folder. Takes over the lock of a process on this computer that has ended.
   * @throws Error when another process holds the lock
   */
  static async acquire(folder: string): Promise<RunLock> {
    const path = join(folder, NAME);
    const own: Holder = { pid: process.pid, host: hostname(), started: new Date().toISOString() };
    for (let attempt = 0; ; attempt++) {
      try {
        await writeFile(path, JSON.stringify(own), { flag: 'wx' });
        return new RunLock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = await readHolder(path);
        if (attempt > 2 || !isStale(holder)) throw new Error(inUse(folder, path, holder));
        await rm(path, { force: true });
      }
    }
  }

  async release(): Promise<void> {
    process.off('exit', this.onExit);
    await rm(this.path, { force: true });
  }
}

/** Reads the process of a lock; null if the lock is unreadable, as after a crash while it was written. */
async function readHolder(path: string): Promise<Holder | null> {
  try {
    const { pid, host, started } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    return Number.isInteger(pid) && typeof host === 'string' && typeof started === 'string'
      ? { pid: pid as number, host, started }
      : null;
  } catch {
    return null;
  }
}

function isStale(holder: Holder | null): boolean {
  if (!holder) return true;
  if (holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return true; // an earlier process of the same number
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function inUse(folder: string, path: string, holder: Holder | null): string {
  const who = holder ? `process ${holder.pid} on ${holder.host}, since ${holder.started}` : 'another process';
  return (
    `${folder} is in use by another feathergrad train (${who}). Wait for it, stop it, or choose another folder with ` +
    `--out. If no such process exists, delete ${path}.`
  );
}
