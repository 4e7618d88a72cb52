import { stat } from 'node:fs/promises';
import { DataError } from '../data/data-error.ts';
import { openDirectory } from './directory-tree.ts';
import type { FileTree } from './file-tree.ts';
import { notFound } from './not-found.ts';
import { openTar } from './tar-tree.ts';
import { openZip } from './zip-tree.ts';

/**
 * Opens a folder, a .tar or a .zip as a tree of files.
 * @throws DataError when it does not exist, or is a file of another type
 */
export async function openFileTree(path: string): Promise<FileTree> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw notFound(path, path);
  if (found.isDirectory()) return openDirectory(path);
  if (/\.zip$/i.test(path)) return openZip(path);
  if (/\.tar$/i.test(path)) return openTar(path);
  const way = /\.(tgz|gz|bz2|xz|zst|7z|rar)$/i.test(path)
    ? 'Unpack it first: files in a compressed .tar cannot be read in any order.'
    : 'Pass the folder of a data set, or a .tar or .zip of it.';
  throw new DataError(`${path} is a file, but not a .tar or .zip. ${way}`);
}
