import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { DataError } from '../data/data-error.ts';
import { isHidden } from '../data/folder-rules.ts';
import { type FileTree, foldersOf, MOST_FILES, requireReadable } from './file-tree.ts';
import { BLOCK, isEmptyBlock, readPax, readTarHeader, text } from './tar-headers.ts';

/** The position of a file in the archive, in bytes. */
interface Place {
  start: number;
  size: number;
}

/** Maximum bytes of a name or of pax records; real ones have a few hundred. */
const LONGEST_HEADER = 1 << 20;

/**
 * Opens a .tar. The format has no table of contents, so all headers are read once; then the files can be read in any
 * order.
 *
 * @throws DataError when it is not a tar archive, is truncated or damaged
 */
export async function openTar(file: string): Promise<FileTree> {
  const where = `the archive ${file}`;
  const handle = await open(file);
  try {
    const places = await listTar(handle, where);
    if (places.size === 0) throw new DataError(`${where} contains no files`);
    const files = [...places.keys()];
    const placeOf = (path: string): Place => {
      const place = places.get(path);
      if (!place) throw new DataError(`${where} does not contain ${path}`);
      return place;
    };
    return {
      where,
      name: basename(file).replace(/\.tar$/i, ''),
      files,
      folders: foldersOf(files),
      read: async (path) => {
        const { start, size } = placeOf(path);
        requireReadable(where, path, size);
        return bytesAt(handle, start, size, where);
      },
      stream: async (path) => {
        const { start, size } = placeOf(path);
        return size > 0 ? createReadStream(file, { start, end: start + size - 1 }) : Readable.from([]);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Files by path. If a path occurs more than once, the last one counts, as when unpacking. */
async function listTar(handle: FileHandle, where: string): Promise<Map<string, Place>> {
  const { size: length } = await handle.stat();
  const places = new Map<string, Place>();
  if (length === 0) return places;
  let pax = new Map<string, string>();
  let longName: string | null = null;
  for (let at = 0, headers = 0; ; headers++) {
    if (at + BLOCK > length) throw torn(where, 'the end mark is missing');
    if (headers > MOST_FILES) throw torn(where, `more than ${MOST_FILES} entries`);
    const block = await bytesAt(handle, at, BLOCK, where);
    if (isEmptyBlock(block)) return places;
    const header = readTarHeader(block);
    if (!header) throw torn(where, `there is no header at byte ${at}`);
    const start = at + BLOCK;
    const stated = Number(pax.get('size') ?? header.size);
    const size = header.type === '0' || header.type === '7' ? stated : header.size;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > length) {
      throw torn(where, `it ends in the middle of ${header.path}`);
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (header.type === 'L' || header.type === 'x') {
      if (size > LONGEST_HEADER) throw torn(where, `a name at byte ${start} has ${size} bytes`);
      const bytes = await bytesAt(handle, start, size, where);
      if (header.type === 'L') longName = text(bytes);
      else pax = readPax(bytes) ?? fail(where, `the records at byte ${start} are damaged`);
      continue;
    }
    if (header.type === 'S') throw torn(where, `${header.path} is a sparse file, which is not supported`);
    const path = (pax.get('path') ?? longName ?? header.path).replace(/^(\.?\/)+/, '');
    const isFile = header.type === '0' || header.type === '7';
    if (isFile && path !== '' && !path.endsWith('/') && !path.split('/').some(isHidden)) {
      places.set(path, { start, size });
    }
    if (header.type !== 'g' && header.type !== 'K') {
      longName = null;
      pax = new Map();
    }
  }
}

async function bytesAt(handle: FileHandle, start: number, size: number, where: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await handle.read(bytes, done, size - done, start + done);
    if (bytesRead === 0) throw torn(where, `it ends in the middle of the file at byte ${start}`);
    done += bytesRead;
  }
  return bytes;
}

function torn(where: string, reason: string): DataError {
  return new DataError(`${where} is not a complete tar archive (${reason}). Download or create it again.`);
}

function fail(where: string, reason: string): never {
  throw torn(where, reason);
}
