import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** @throws Error when the folder of a file is missing, read-only or not a folder; called before any long work */
export async function requireFolder(option: string, file: string): Promise<void> {
  const folder = dirname(resolve(file));
  const fail = (trouble: string): never => {
    throw new Error(`${option} ${file}: ${trouble}`);
  };
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? fail(`the folder ${folder} does not exist. Create it first.`) : null,
  );
  // null for a path below a file, or in a folder that cannot be searched
  if (found && !found.isDirectory()) fail(`${folder} is not a folder. Choose another path.`);
  await access(folder, constants.W_OK).catch(() =>
    fail(`the folder ${folder} is not writable. Choose another folder.`),
  );
}
