import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const PROBLEMS: Record<string, string> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is exceeded',
  EFBIG: 'the file is too large for the file system',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EIO: 'input/output error',
};

/** What is wrong with a file, in words. */
export function problemOf(error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return PROBLEMS[code] ? `${PROBLEMS[code]} (${code})` : message.replace(/, \w+ '.*$/, '');
}

/** The error of a file that could not be written: names the file, the reason and what to do. */
export function writeError(
  path: string,
  error: unknown,
  advice = 'Make room or choose another path.',
): Error {
  return new Error(`${path} cannot be written: ${problemOf(error)}. ${advice}`, { cause: error });
}

/**
 * Replaces a file as a whole: writes under a temporary name, waits until all of it is on the disk, then renames. A
 * failed write leaves the old file as it was.
 * @throws Error that names the file, the reason and `advice`
 */
export async function replaceFile(path: string, bytes: Uint8Array, advice?: string): Promise<void> {
  const part = `${path}.tmp`;
  try {
    await writeSynced(part, bytes);
    await rename(part, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw writeError(path, error, advice);
  }
}

/** Writes a file and waits until it is on the disk. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until renames in a folder are on the disk; without effect where folders cannot be synced, as on Windows. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => {});
  await handle.close();
}

/**
 * Checks where `--out` leads: the path to write, behind a link the file that it names.
 * @throws Error for a file that exists, unless `force`; for a folder; for a link to a file that does not exist
 */
export async function outputPath(path: string, force: boolean): Promise<string> {
  const entry = await lstat(path).catch(() => null);
  if (!entry) return path;
  const target = await realpath(path).catch(() => null);
  if (target === null) {
    throw new Error(
      `--out: ${path} is a link to a file that does not exist. Remove it or choose another path.`,
    );
  }
  const found = await stat(target);
  if (found.isDirectory()) throw new Error(`--out: ${path} is a folder. Add the name of a file.`);
  if (found.isFile() && !force) {
    throw new Error(`--out: ${path} exists. Add --force to overwrite it.`);
  }
  return target;
}

/** Writes to a path of `outputPath`: files are replaced as a whole, devices and pipes are written to. */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found || found.isFile()) return replaceFile(path, bytes);
  try {
    const file = await open(path, 'w');
    await file.writeFile(bytes).finally(() => file.close());
  } catch (error) {
    throw writeError(path, error);
  }
}
