import { access, constants, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../shared/make-folder.ts';
import { problemOf } from '../shared/write-file.ts';
import { RunLock } from './run-lock.ts';

/** Files that identify a folder as the folder of a run. */
const RUN_FILES = [
  'weights.safetensors',
  'checkpoint.safetensors',
  'checkpoint.previous.safetensors',
  'report.html',
] as const;

export interface RunFolderOptions {
  /** of `--out` */
  chosen?: string | undefined;
  /** folder of the run to resume */
  resumed?: string | undefined;
  /** whether a run in the chosen folder may be overwritten */
  force?: boolean | undefined;
  now?: Date;
}

/** The folder of a run. It is created and locked before the work begins, so that results can always be written. */
export class RunFolder {
  /** absolute */
  readonly path: string;
  /** the topmost folder that was created for this one */
  private readonly made: string | undefined;
  private readonly lock: RunLock;

  private constructor(path: string, made: string | undefined, lock: RunLock) {
    this.path = path;
    this.made = made;
    this.lock = lock;
  }

  /**
   * Creates and locks the folder of a run (default: a new folder runs/<date and time>).
   * @throws Error when it cannot be created or written to, contains another run, or is in use
   */
  static async create({ chosen, resumed, force, now = new Date() }: RunFolderOptions): Promise<RunFolder> {
    if (chosen === undefined && resumed === undefined) {
      const { path, made } = await freshFolder(join('runs', timestamp(now)));
      return new RunFolder(path, made, await RunLock.acquire(path));
    }
    const path = resolve(chosen ?? (resumed as string));
    const made = await writable(path, () => makeFolder(path));
    const isResumed = resumed !== undefined && path === resolve(resumed);
    const found = (await readdir(path)).filter((name) => RUN_FILES.some((file) => file === name));
    if (found.length > 0 && !isResumed && !force) {
      throw new Error(
        `--out: ${path} already contains a run (${found.join(', ')}). Add --force to overwrite it, resume it with ` +
          `--resume ${path}, or choose another folder.`,
      );
    }
    return new RunFolder(path, made, await RunLock.acquire(path));
  }

  /** Removes the files of the overwritten run, so that they are not mistaken for files of the new run. */
  async clear(): Promise<void> {
    for (const name of RUN_FILES) await rm(join(this.path, name), { force: true });
  }

  /** Unlocks the folder, and removes it and the folders created for it if they are empty. */
  async close(): Promise<void> {
    await this.lock.release();
    if (!this.made) return;
    for (let path = this.path; path.startsWith(this.made); path = dirname(path)) {
      try {
        await rmdir(path);
      } catch {
        return;
      }
    }
  }
}

/** Creates a new folder: `name`, or `name-2`, `name-3` and so on if it exists. */
async function freshFolder(name: string): Promise<{ path: string; made: string }> {
  const first = resolve(name);
  const parent = await writable(first, () => makeFolder(dirname(first)));
  for (let count = 1; ; count++) {
    const path = count === 1 ? first : `${first}-${count}`;
    const isNew = await writable(path, () =>
      mkdir(path).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw error;
        },
      ),
    );
    if (isNew) return { path, made: parent ?? path };
  }
}

/** @throws Error that names the folder when it cannot be created or written to */
async function writable<T>(path: string, make: () => Promise<T>): Promise<T> {
  try {
    const made = await make();
    if (made !== false) {
      await access(path, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error; // its parent was made
      });
    }
    return made;
  } catch (error) {
    throw new Error(
      `the folder ${path} cannot be written to: ${problemOf(error)}. Choose another folder with --out.`,
    );
  }
}

/** Formats local time as 2027-01-31_14-05-09, which sorts by time and is a valid file name on every system. */
function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}_${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('-')}`;
}
