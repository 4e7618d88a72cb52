import type { Readable } from 'node:stream';
import { DataError } from '../data/data-error.ts';

/** Files below a folder or in an archive, by their paths with `/` between the names. Hidden files are not seen. */
export interface FileTree {
  /** in the user's words, for messages: `the folder data/ferplus` */
  readonly where: string;
  /** its own name without an archive's ending, such as `FER2013Train` */
  readonly name: string;
  readonly files: readonly string[];
  /** needed only for those without a file */
  readonly folders: readonly string[];
  /** Reads one file's bytes. */
  read(path: string): Promise<Uint8Array>;
  /** Opens a file as a stream, for those that are large. */
  stream(path: string): Promise<Readable>;
  close(): Promise<void>;
}

/** Most files in an archive; real data sets have fewer than two million. */
export const MOST_FILES = 4_000_000;
/** Most bytes of one file that is read at once, such as an image. */
const MOST_BYTES = 256 * 2 ** 20;

/** @throws DataError for a file that no image is as large as: it may be made to exhaust memory */
export function requireReadable(where: string, path: string, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new DataError(
    `${path} in ${where} is too large: ${bytes} bytes unpacked, at most ${MOST_BYTES} are read at once`,
  );
}

/** Returns the part of a tree below one folder, as a tree of its own. */
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

/** Returns the folders that paths imply, in the order of their first file. */
export function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of files) {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      folders.add(path.slice(0, end));
    }
  }
  return [...folders];
}
