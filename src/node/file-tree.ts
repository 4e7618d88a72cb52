import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { DataError } from '../data/data-error.ts';
import { openDirectory } from './directory-tree.ts';
import { openTar } from './tar-tree.ts';
import { openZip } from './zip-tree.ts';

/** Files below a folder or in an archive, by their paths with `/` between the names. Hidden files are not seen. */
export interface FileTree {
  /** in the user's words, for messages: `the folder data/ferplus` */
  readonly where: string;
  /** its own name without an archive's ending, such as `FER2013Train` */
  readonly name: string;
  readonly files: readonly string[];
  /** needed only for those without a file */
  readonly folders: readonly string[];
  /** One file's bytes. */
  read(path: string): Promise<Uint8Array>;
  /** A file as a stream, for those that are large. */
  stream(path: string): Promise<Readable>;
  close(): Promise<void>;
}

/** Whether a file is an archive that `openFileTree` opens, by its name. */
export function isArchive(name: string): boolean {
  return /\.(tar|zip)$/i.test(name);
}

/**
 * The files of a folder, a .tar or a .zip.
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
  throw new DataError(`${path} is a file, and no .tar or .zip; ${way}`);
}

/** The part of a tree below one folder, as a tree of its own. */
export function subtree(tree: FileTree, folder: string): FileTree {
  if (folder === '') return tree;
  const prefix = `${folder}/`;
  const below = (paths: readonly string[]) =>
    paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return {
    where: `${folder} in ${tree.where}`,
    name: folder.split('/').at(-1)!,
    files: below(tree.files),
    folders: below(tree.folders),
    read: (path) => tree.read(prefix + path),
    stream: (path) => tree.stream(prefix + path),
    close: () => tree.close(),
  };
}

/** The folders that paths imply, in the order of their first file. */
export function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of files) {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      folders.add(path.slice(0, end));
    }
  }
  return [...folders];
}
