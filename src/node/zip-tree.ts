import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Entry, type Options, open, type ZipFile } from 'yauzl';
import { DataError } from '../data/data-error.ts';
import { isHidden } from '../data/folder-rules.ts';
import { type FileTree, foldersOf } from './file-tree.ts';

/**
 * The files in a .zip, which are found by its table of contents and can be read in any order.
 * @throws DataError for what is no zip archive, or a torn one
 */
export async function openZip(file: string): Promise<FileTree> {
  const where = `the archive ${file}`;
  const openFile = promisify<string, Options, ZipFile>(open);
  let zip: ZipFile;
  const entries = new Map<string, Entry>();
  try {
    zip = await openFile(file, { lazyEntries: false, autoClose: false });
    await new Promise<void>((resolve, reject) => {
      zip.on('entry', (entry: Entry) => entries.set(entry.fileName, entry));
      zip.once('end', resolve).once('error', reject);
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${where} is no whole zip archive (${reason}); fetch or pack it again`, { cause });
  }
  const isSeen = (path: string) => !path.endsWith('/') && !path.split('/').some(isHidden);
  const files = [...entries.keys()].filter(isSeen);
  if (files.length === 0) throw new DataError(`${where} holds no file`);
  const stream = async (path: string): Promise<Readable> => {
    const entry = entries.get(path);
    if (!entry) throw new DataError(`${where} holds no file ${path}`);
    return new Promise((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
  };
  return {
    where,
    name: basename(file).replace(/\.zip$/i, ''),
    files,
    folders: foldersOf(files),
    read: async (path) => buffer(await stream(path)),
    stream,
    close: async () => zip.close(),
  };
}
