import { access, constants, mkdir, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The folder that a run writes into, made before the work begins so that no work is lost for want of it. */
export class RunFolder {
  /** absolute */
  readonly path: string;
  /** the uppermost folder that was made for this one */
  private readonly made: string | undefined;

  private constructor(path: string, made: string | undefined) {
    this.path = path;
    this.made = made;
  }

  /**
   * Makes `chosen`, or runs/<date and time> where nothing was chosen.
   * @throws Error when it cannot be made or written to
   */
  static async create(chosen: string | undefined, now = new Date()): Promise<RunFolder> {
    const path = resolve(chosen ?? join('runs', timestamp(now)));
    try {
      const made = await mkdir(path, { recursive: true });
      await access(path, constants.W_OK | constants.X_OK);
      return new RunFolder(path, made);
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/, \w+ '.*$/, '') : String(error);
      throw new Error(`the folder ${path} cannot be written to (${reason}); name another one by --out`);
    }
  }

  /** Takes away the folders that were made, so far as they are empty. */
  async discard(): Promise<void> {
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

/** Local time as 2027-01-31_14-05-09, which sorts and is a file's name on every system. */
function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}_${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('-')}`;
}
