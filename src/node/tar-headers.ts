// The headers of a tar archive (POSIX ustar and pax, GNU long names): one block of 512 bytes before each file.

/** Bytes of a header; file contents are padded to a multiple of it. */
export const BLOCK = 512;

/** Contents of a header. */
export interface TarHeader {
  path: string;
  /** bytes of content after the header */
  size: number;
  /** the type flag: '0' file, '5' folder, 'L' long name for the next header, ... */
  type: string;
}

/** Types without content, regardless of the stated size: links, devices, folders, pipes. */
const WITHOUT_BYTES = '123456';

export function isEmptyBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Parses a header; null if its checksum is wrong or its size is not a number. */
export function readTarHeader(block: Uint8Array): TarHeader | null {
  const stated = octal(block.subarray(148, 156));
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (block[i] as number);
  const size = sizeIn(block.subarray(124, 136));
  if (stated !== sum || size === null) return null;
  const type = String.fromCharCode(block[156] || 0x30);
  const isUstar = text(block.subarray(257, 263)) === 'ustar' && block[262] === 0;
  const folder = isUstar ? text(block.subarray(345, 500)) : '';
  const name = text(block.subarray(0, 100));
  return { path: folder ? `${folder}/${name}` : name, size: WITHOUT_BYTES.includes(type) ? 0 : size, type };
}

/** Parses the records of a pax header, such as `27 path=folder/name.png\n`; null if they are damaged. */
export function readPax(bytes: Uint8Array): Map<string, string> | null {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(text(bytes.subarray(at, space)));
    const end = at + length;
    if (!Number.isInteger(length) || length <= space - at + 1 || bytes[end - 1] !== 0x0a) return null;
    const record = text(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf('=');
    if (equals < 0) return null;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

/** Decodes text up to the first zero byte. */
export function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Parses a size in octal digits, or in GNU's base 256 if the first bit is set. */
function sizeIn(field: Uint8Array): number | null {
  if (((field[0] as number) & 0x80) === 0) return octal(field);
  let value = (field[0] as number) & 0x7f;
  for (const byte of field.subarray(1)) value = 256 * value + byte;
  return Number.isSafeInteger(value) ? value : null;
}

function octal(field: Uint8Array): number | null {
  const digits = text(field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : null;
}
