import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { DataError } from '../data/data-error.ts';
import { isHidden } from '../data/folder-rules.ts';
import { type FileTree, foldersOf } from './file-tree.ts';

/** Where a file lies in the archive, in bytes. */
interface Place {
  start: number;
  size: number;
}

/**
 * The files in a .tar. It has no table of contents, so it is gone through once; after that its files can be read in
 * any order.
 *
 * @throws DataError for what is no tar archive, or ends too early
 */
export async function openTar(file: string): Promise<FileTree> {
  const where = `the archive ${file}`;
  const places = await listTar(file, where);
  if (places.size === 0) throw new DataError(`${where} holds no file`);
  const handle = await open(file);
  const files = [...places.keys()];
  const placeOf = (path: string): Place => {
    const place = places.get(path);
    if (!place) throw new DataError(`${where} holds no file ${path}`);
    return place;
  };
  return {
    where,
    name: basename(file).replace(/\.tar$/i, ''),
    files,
    folders: foldersOf(files),
    read: async (path) => bytesAt(handle, placeOf(path)),
    stream: async (path) => {
      const { start, size } = placeOf(path);
      return size > 0 ? createReadStream(file, { start, end: start + size - 1 }) : Readable.from([]);
    },
    close: () => handle.close(),
  };
}

/** Files by path; of a path that is there more than once the last counts, as when it is unpacked. */
async function listTar(file: string, where: string): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  const entries = extract();
  entries.on('entry', (header: { name: string; type?: string | null; size?: number }, body, next) => {
    const path = header.name.replace(/^(\.?\/)+/, '');
    const isFile = header.type === 'file' || header.type === 'contiguous-file';
    if (isFile && !path.split('/').some(isHidden)) {
      // its first byte's place, which the types of tar-stream do not know yet
      const start = 'byteOffset' in header ? header.byteOffset : undefined;
      if (typeof start !== 'number') throw new Error('tar-stream 3.2 or later is needed');
      places.set(path, { start, size: header.size ?? 0 });
    }
    body.on('end', () => next());
    body.resume();
  });
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), entries);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`${where} is no whole tar archive (${reason}); fetch or pack it again`, { cause });
  }
  return places;
}

async function bytesAt(handle: FileHandle, { start, size }: Place): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  const { bytesRead } = await handle.read(bytes, 0, size, start);
  if (bytesRead < size) throw new DataError(`the archive ends in the middle of the file at byte ${start}`);
  return bytes;
}
