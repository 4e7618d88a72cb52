import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { openDirectory } from './directory-tree.ts';
import type { FileTree } from './file-tree.ts';
import { openTar } from './tar-tree.ts';
import { openZip } from './zip-tree.ts';

/**
 * Opens the files of a folder, a .tar or a .zip.
 * @throws DataError when there is none, or it is a file of another kind
 */
export async function openFileTree(path: string): Promise<FileTree> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new DataError(`${path} does not exist (looked for ${resolve(path)}); check the path`);
  if (found.isDirectory()) return openDirectory(path);
  if (/\.zip$/i.test(path)) return openZip(path);
  if (/\.tar$/i.test(path)) return openTar(path);
  const way = /\.(tgz|gz|bz2|xz|zst|7z|rar)$/i.test(path)
    ? 'unpack it first: a compressed archive cannot be read in any order'
    : 'give the folder of a data set, or a .tar or .zip of it';
  throw new DataError(`${path} is a file, and not a .tar or .zip; ${way}`);
}
