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
  EEXIST: 'a file has this name',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EIO: 'input/output error',
};

/** Returns the reason for a file error. */
export function problemOf(error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return PROBLEMS[code] ? `${PROBLEMS[code]} (${code})` : message.replace(/, \w+ '.*$/, '');
}

/** Returns the error for a file that could not be written, with the file, the reason and advice. */
export function writeError(
  path: string,
  error: unknown,
  advice = 'Make room or choose another path.',
): Error {
  return new Error(`${path} cannot be written: ${problemOf(error)}. ${advice}`, { cause: error });
}

/**
 * Replaces a file atomically: writes under a temporary name, syncs to disk, then renames. A failed write leaves the old
 * file unchanged.
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

/** Writes a file and syncs it to disk. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Syncs renames in a folder to disk; has no effect if the system cannot sync folders, as on Windows. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => {});
  await handle.close();
}

/**
 * Resolves and checks the file that an option names (default `--out`). For a link, returns the file it points to.
 * @throws Error for a file that exists, unless `force`; for a folder; for a link to a file that does not exist
 */
export async function outputPath(path: string, force: boolean, option = '--out'): Promise<string> {
  const entry = await lstat(path).catch(() => null);
  if (!entry) return path;
  const target = await realpath(path).catch(() => null);
  if (target === null) {
    throw new Error(
      `${option}: ${path} is a link to a file that does not exist. Remove it or choose another path.`,
    );
  }
  const found = await stat(target);
  if (found.isDirectory()) throw new Error(`${option}: ${path} is a folder. Add the name of a file.`);
  if (found.isFile() && !force) {
    throw new Error(`${option}: ${path} exists. Add --force to overwrite it.`);
  }
  return target;
}

/** Writes to a path from `outputPath`: replaces files atomically, writes directly to devices and pipes. */
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
