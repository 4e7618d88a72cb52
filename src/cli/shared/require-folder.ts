import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** @throws Error when the folder of a file is missing or read-only; called before any long work */
export async function requireFolder(option: string, file: string): Promise<void> {
  const folder = dirname(resolve(file));
  await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    const trouble =
      error.code === 'ENOENT'
        ? 'does not exist. Create it first.'
        : 'is not writable. Choose another folder.';
    throw new Error(`${option} ${file}: the folder ${folder} ${trouble}`);
  });
}
