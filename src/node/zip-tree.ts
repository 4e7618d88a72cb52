import { open as openFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { type Entry, type Options, open, type ZipFile } from 'yauzl';
import { DataError } from '../data/data-error.ts';
import { isHidden } from '../data/folder-rules.ts';
import { type FileTree, foldersOf, MOST_FILES, requireReadable } from './file-tree.ts';

/** Maximum bytes of a file that is streamed, such as a table. */
const MOST_STREAMED = 4 * 2 ** 30;

/** First bytes of an entry in the table of contents. */
const ENTRY_SIGNATURE = 0x02014b50;
/** Bit of an entry's flags: its checksum and sizes follow the data, and the local header has zeros. */
const HAS_DESCRIPTOR = 1 << 3;
/** Placeholder for a size that is in the zip64 extra field. */
const IN_ZIP64 = 0xffffffff;

/**
 * Opens a .zip. Its table of contents lists the files, which can be read in any order. When a file is read, its local
 * header is compared with the table of contents, and its checksum is verified.
 * @throws DataError when it is not a zip archive, or is damaged
 */
export async function openZip(file: string): Promise<FileTree> {
  const where = `the archive ${file}`;
  const { zip, entries } = await listZip(file, where);
  const isSeen = (path: string) => !path.endsWith('/') && !path.split('/').some(isHidden);
  const files = [...entries.keys()].filter(isSeen);
  if (files.length === 0) {
    zip.close();
    throw new DataError(`${where} contains no files`);
  }
  const entryOf = (path: string): Entry => {
    const entry = entries.get(path);
    if (!entry) throw new DataError(`${where} does not contain ${path}`);
    return entry;
  };
  const stream = async (path: string): Promise<Readable> => {
    const entry = entryOf(path);
    if (entry.uncompressedSize > MOST_STREAMED) {
      throw new DataError(
        `${path} in ${where} is too large (got ${entry.uncompressedSize} bytes unpacked). Remove it.`,
      );
    }
    const packed = await openEntry(zip, entry).catch((cause: unknown) => {
      throw unreadable(path, where, entry.isEncrypted() ? 'it is encrypted' : cause);
    });
    return checked(packed, entry, (reason) => unreadable(path, where, reason));
  };
  return {
    where,
    name: basename(file).replace(/\.zip$/i, ''),
    files,
    folders: foldersOf(files),
    read: async (path) => {
      requireReadable(where, path, entryOf(path).uncompressedSize);
      return buffer(await stream(path));
    },
    stream,
    close: async () => zip.close(),
  };
}

async function listZip(file: string, where: string): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  const entries = new Map<string, Entry>();
  let zip: ZipFile | null = null;
  try {
    const opened = await promisify<string, Options, ZipFile>(open)(file, {
      lazyEntries: true,
      autoClose: false,
    });
    zip = opened;
    if (opened.entryCount > MOST_FILES) throw new Error(`more than ${MOST_FILES} entries`);
    await new Promise<void>((resolve, reject) => {
      opened.on('entry', (entry: Entry) => {
        const { fileName } = entry;
        if (fileName === '') reject(new Error('an entry has no name'));
        else if (entries.has(fileName)) reject(new Error(`${fileName} is listed more than once`));
        else {
          entries.set(fileName, entry);
          opened.readEntry();
        }
      });
      // catches errors after the last entry, which would otherwise end the process
      opened.once('end', resolve).on('error', reject);
      opened.readEntry();
    });
    await requireAllListed(file, opened);
    return { zip: opened, entries };
  } catch (cause) {
    zip?.close();
    throw new DataError(
      `${where} is not a complete zip archive (${reasonOf(cause)}). Download or create it again.`,
      {
        cause,
      },
    );
  }
}

/** @throws Error when there are more entries than the archive's end record states, since they would be ignored */
async function requireAllListed(file: string, zip: ZipFile): Promise<void> {
  const handle = await openFile(file);
  try {
    const next = Buffer.alloc(4);
    await handle.read(next, 0, 4, Number(zip.readEntryCursor)); // yauzl's types say boolean; it is the position
    if (next.readUInt32LE(0) === ENTRY_SIGNATURE) {
      throw new Error(`it lists more files than the ${zip.entryCount} in its end record`);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Opens the compressed bytes of an entry.
 * @throws Error when the local header contradicts the table of contents
 */
async function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  const header = await zip.readLocalFileHeaderPromise(entry);
  const differ = (what: string): never => {
    throw new Error(`its ${what} differs between its header and the table of contents`);
  };
  if (!header.fileName.equals(entry.fileNameRaw)) differ('name');
  if (header.compressionMethod !== entry.compressionMethod) differ('compression method');
  const isSame = (local: number, listed: number) => local === listed || local === IN_ZIP64;
  if ((header.generalPurposeBitFlag & HAS_DESCRIPTOR) === 0) {
    if (header.crc32 !== entry.crc32) differ('checksum');
    if (!isSame(header.compressedSize, entry.compressedSize)) differ('packed size');
    if (!isSame(header.uncompressedSize, entry.uncompressedSize)) differ('size');
  }
  return zip.openReadStreamPromise(entry);
}

/** Streams the bytes of a file. Fails as soon as an error occurs, or at the end if the checksum does not match. */
function checked(packed: Readable, entry: Entry, error: (reason: unknown) => DataError): Readable {
  let sum = 0;
  const out = new Transform({
    transform(chunk: Buffer, _, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done) {
      done(sum === entry.crc32 >>> 0 ? null : error('its checksum does not match'));
    },
  });
  packed.once('error', (cause) => out.destroy(error(cause)));
  out.once('close', () => packed.destroy());
  return packed.pipe(out);
}

function unreadable(path: string, where: string, cause: unknown): DataError {
  return new DataError(
    `${path} in ${where} is damaged or cannot be unpacked (${reasonOf(cause)}). Download or create it again.`,
    { cause },
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
