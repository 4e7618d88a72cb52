import { rmSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { problemOf, writeError } from '../shared/write-file.ts';

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
   * Locks a folder. Takes over the lock of a process on this computer that has ended. The lock appears by renaming a
   * complete file, which only one process at a time can create: of several runs that start together, one gets the lock.
   * @throws Error when another process holds the lock, and when it cannot be written
   */
  static async acquire(folder: string): Promise<RunLock> {
    const path = join(folder, NAME);
    const next = `${path}.next`;
    await claim(next, folder);
    try {
      const holder = await readHolder(path);
      if (!isStale(holder)) throw new Error(inUse(folder, path, holder));
      await rename(next, path);
      return new RunLock(path);
    } catch (error) {
      await rm(next, { force: true });
      throw error;
    }
  }

  async release(): Promise<void> {
    process.off('exit', this.onExit);
    await rm(this.path, { force: true });
  }
}

/** Milliseconds between attempts to create the file that becomes the lock, and their number. */
const PAUSE = 50;
const ATTEMPTS = 20;

/** Creates the file that becomes the lock, after waiting for other processes that are about to lock the folder. */
async function claim(path: string, folder: string): Promise<void> {
  const own: Holder = { pid: process.pid, host: hostname(), started: new Date().toISOString() };
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeFile(path, JSON.stringify(own), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        await rm(path, { force: true });
        throw writeError(path, error, 'Make room or choose another folder with --out.');
      }
      if (attempt === ATTEMPTS) throw new Error(inUse(folder, path, await readHolder(path)));
      await setTimeout(PAUSE);
    }
  }
}

/** Reads the process of a lock; null if there is no lock, or it is damaged. */
async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new Error(`${path} cannot be read: ${problemOf(error)}. Choose another folder with --out.`);
  });
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Holder>;
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
