import type { Readable } from 'node:stream';
import { DataError } from '../data/data-error.ts';

/** The files below a folder or in an archive, by their paths with `/` between names. Hidden files are ignored. */
export interface FileTree {
  /** its description, for messages: `the folder data/ferplus` */
  readonly where: string;
  /** its name without the extension of an archive, such as `FER2013Train` */
  readonly name: string;
  readonly files: readonly string[];
  /** folders, listed only because some contain no files */
  readonly folders: readonly string[];
  /** Reads a file's bytes. */
  read(path: string): Promise<Uint8Array>;
  /** Opens a large file as a stream. */
  stream(path: string): Promise<Readable>;
  close(): Promise<void>;
}

/** Maximum number of files in an archive; real data sets have fewer than two million. */
export const MOST_FILES = 4_000_000;
/** Maximum bytes of a file that is read as a whole, such as an image. */
const MOST_BYTES = 256 * 2 ** 20;

/** @throws DataError for a file larger than any image, which may be intended to exhaust memory */
export function requireReadable(where: string, path: string, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new DataError(
    `${path} in ${where} is too large (got ${bytes} bytes unpacked, expected at most ${MOST_BYTES}). Remove it.`,
  );
}

/** Returns the subtree of one folder. */
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

/** Returns the folders in a list of paths, in the order of their first file. */
export function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of files) {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      folders.add(path.slice(0, end));
    }
  }
  return [...folders];
}
