import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its missing parents. The result is the first folder that was created, or undefined if all exist.
 * Node's recursive `mkdir` does the same, but never returns where a file system refuses a new folder as not found, as
 * /proc does.
 * @throws the error of `mkdir`
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return undefined;
  const first = dirname(path) === path ? undefined : await makeFolder(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
  return first ?? path;
}
