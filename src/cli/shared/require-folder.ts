import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** @throws Error when the folder of a file is missing or read-only, so that no work is lost later */
export async function requireFolder(option: string, file: string): Promise<void> {
  const folder = dirname(resolve(file));
  await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    const trouble =
      error.code === 'ENOENT'
        ? 'does not exist. Create it first.'
        : 'cannot be written to. Choose another one.';
    throw new Error(`${option} ${file}: the folder ${folder} ${trouble}`);
  });
}
