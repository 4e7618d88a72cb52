import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { isHidden } from '../data/folder-rules.ts';
import type { FileTree } from './file-tree.ts';

/** Maximum depth, sufficient for data sets and for messages about misplaced files. */
const DEEPEST = 4;

/** Returns the files of a folder, down to `deepest` levels. Links are followed, hidden files are ignored. */
export async function openDirectory(dir: string, deepest = DEEPEST): Promise<FileTree> {
  const root = resolve(dir);
  const files: string[] = [];
  const folders: string[] = [];
  await walk(root, root, { files, folders }, deepest);
  const at = (path: string) => join(root, path);
  return {
    where: `the folder ${dir}`,
    name: basename(root),
    files,
    folders,
    read: (path) => readFile(at(path)),
    stream: async (path) => createReadStream(at(path)),
    async close() {},
  };
}

async function walk(
  root: string,
  dir: string,
  listing: { files: string[]; folders: string[] },
  levels: number,
): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (isHidden(entry.name)) continue;
    const file = join(dir, entry.name);
    const path = relative(root, file).split(sep).join('/');
    const isFolder = entry.isSymbolicLink() ? await leadsToFolder(file) : entry.isDirectory();
    if (!isFolder) listing.files.push(path);
    else {
      listing.folders.push(path);
      if (levels > 0) await walk(root, file, listing, levels - 1);
    }
  }
}

/** A broken link counts as a file; reading it reports the error. */
async function leadsToFolder(link: string): Promise<boolean> {
  const target = await stat(link).catch(() => undefined);
  return target?.isDirectory() ?? false;
}
