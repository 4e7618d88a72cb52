import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** @throws Error when a file could not be written for want of its folder, before the work that would be lost */
export async function requireFolder(option: string, file: string): Promise<void> {
  const folder = dirname(resolve(file));
  await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    const trouble = error.code === 'ENOENT' ? 'does not exist; make it first' : 'cannot be written to';
    throw new Error(`${option} ${file}: the folder ${folder} ${trouble}`);
  });
}
