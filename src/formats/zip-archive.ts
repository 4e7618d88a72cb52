import { crc32 } from './crc32.ts';
import { TorchFileError } from './torch-bytes.ts';

const END = 0x06054b50;
const END_LOCATOR_64 = 0x07064b50;
const END_64 = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const UNKNOWN = 0xffffffff;
/** Flag bit of an entry whose checksum follows its data; the checksum in its local header is 0. */
const HAS_DESCRIPTOR = 1 << 3;

interface Entry {
  method: number;
  checksum: number;
  size: number;
  /** position of its local header in the file */
  start: number;
  /** position and length of its name in the table of contents */
  nameAt: number;
  nameBytes: number;
}

/**
 * Reads files from an uncompressed zip archive, as `torch.save` writes it. The table of contents is read once; a file's
 * CRC-32 is checked when the file is read.
 */
export class ZipArchive {
  /** by name */
  private readonly entries = new Map<string, Entry>();
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  /** total bytes of the files read so far; in an intact archive they do not overlap */
  private taken = 0;

  /** @throws TorchFileError when the table of contents is missing or damaged */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      this.readContents();
    } catch (error) {
      if (error instanceof TorchFileError) throw error;
      damaged('its table of contents is truncated');
    }
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  /**
   * Returns a copy of one file's bytes.
   * @throws TorchFileError when the file is missing, compressed or truncated, or its checksum does not match
   */
  read(name: string): Uint8Array<ArrayBuffer> {
    const entry = this.entries.get(name);
    if (!entry) fail(`"${name}" is missing from the archive`);
    const { method, size, start, checksum } = entry;
    if (method !== 0)
      fail(
        `"${name}" in the archive is compressed, which torch.save never does. Save it again with torch.save.`,
      );
    const { bytes, view } = this;
    if (start + 30 > bytes.length || view.getUint32(start, true) !== LOCAL) {
      damaged(`"${name}" does not begin where the table of contents states`);
    }
    this.requireSameHeader(name, entry);
    const from = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    this.taken += size;
    if (from + size > bytes.length || this.taken > bytes.length) {
      damaged(
        `"${name}" in the archive has ${size} bytes according to the table of contents, more than fit in the file of ${bytes.length}`,
      );
    }
    const content = new Uint8Array(size);
    content.set(bytes.subarray(from, from + size));
    // PyTorch writes a checksum of 0 when set_crc32_options(False) is in effect.
    if (checksum !== 0 && checksum !== crc32(content)) {
      fail(`"${name}" in the archive is damaged: its checksum does not match. Download the file again.`);
    }
    return content;
  }

  private readContents(): void {
    const { view, bytes } = this;
    const end = this.findEnd();
    let at = view.getUint32(end + 16, true);
    let count = view.getUint16(end + 10, true);
    const has64 = end >= 20 && view.getUint32(end - 20, true) === END_LOCATOR_64;
    const end64 = has64 ? this.eight(end - 12) : null;
    if (end64 !== null && view.getUint32(end64, true) === END_64) {
      count = this.eight(end64 + 32);
      at = this.eight(end64 + 48);
    }
    const decoder = new TextDecoder();
    for (let i = 0; i < count; i++) {
      if (view.getUint32(at, true) !== ENTRY) damaged('its table of contents is incomplete');
      const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
        view.getUint16(at + field, true),
      ) as [number, number, number];
      const name = decoder.decode(bytes.subarray(at + 46, at + 46 + nameBytes));
      if (this.entries.has(name)) damaged(`"${name}" occurs more than once in the archive`);
      const extra = at + 46 + nameBytes;
      const place = { nameAt: at + 46, nameBytes };
      this.entries.set(name, { ...this.entryAt(at, extra, extra + extraBytes, name), ...place });
      at = extra + extraBytes + commentBytes;
    }
    if (at + 4 <= bytes.length && view.getUint32(at, true) === ENTRY) {
      damaged(`its table of contents lists more files than the ${count} in its end record`);
    }
  }

  /** Compares a file's local header, which repeats its name and checksum, with the table of contents. */
  private requireSameHeader(name: string, { start, nameAt, nameBytes, checksum }: Entry): void {
    const { view, bytes } = this;
    const isSameName =
      view.getUint16(start + 26, true) === nameBytes &&
      bytes.subarray(nameAt, nameAt + nameBytes).every((byte, i) => byte === bytes[start + 30 + i]);
    const hasDescriptor = (view.getUint16(start + 6, true) & HAS_DESCRIPTOR) !== 0;
    if (!isSameName || (!hasDescriptor && view.getUint32(start + 14, true) !== checksum)) {
      damaged(`the header of "${name}" differs from the table of contents`);
    }
  }

  private entryAt(
    at: number,
    extra: number,
    extraEnd: number,
    name: string,
  ): Omit<Entry, 'nameAt' | 'nameBytes'> {
    const { view } = this;
    let size = view.getUint32(at + 24, true);
    let start = view.getUint32(at + 42, true);
    const packed = view.getUint32(at + 20, true);
    if (size === UNKNOWN || start === UNKNOWN || packed === UNKNOWN) {
      // zip64 stores each field that does not fit into four bytes in eight, in this order
      for (let field = extra; field + 4 <= extraEnd; field += 4 + view.getUint16(field + 2, true)) {
        if (view.getUint16(field, true) !== 1) continue;
        let place = field + 4;
        const next = () => {
          place += 8;
          return this.eight(place - 8);
        };
        if (size === UNKNOWN) size = next();
        if (packed === UNKNOWN) next();
        if (start === UNKNOWN) start = next();
      }
    }
    const method = view.getUint16(at + 10, true);
    if (method === 0 && packed !== UNKNOWN && packed !== size && packed !== view.getUint32(at + 24, true)) {
      damaged(`"${name}" has two sizes in its table of contents`);
    }
    return { method, checksum: view.getUint32(at + 16, true), size, start };
  }

  private findEnd(): number {
    const { view, bytes } = this;
    const first = Math.max(0, bytes.length - END_BYTES - LONGEST_COMMENT);
    for (let at = bytes.length - END_BYTES; at >= first; at--) {
      if (view.getUint32(at, true) === END) return at;
    }
    return damaged('it has no table of contents');
  }

  private eight(at: number): number {
    const value = this.view.getBigUint64(at, true);
    if (value > BigInt(this.bytes.length)) damaged('its table of contents extends beyond its end');
    return Number(value);
  }
}

function damaged(reason: string): never {
  return fail(`its zip archive is damaged (${reason}). It may be truncated; download it again.`);
}

function fail(message: string): never {
  throw new TorchFileError(`PyTorch file: ${message}`);
}
