// fflate unpacks without holding an entry against its checksum, so that one flipped bit would be a wrong weight.

const END = 0x06054b50;
const END_LOCATOR_64 = 0x07064b50;
const END_64 = 0x06064b50;

/** The CRC-32 of each entry in the order of the archive's table of contents, as fflate goes through it. */
export function* zipChecksums(bytes: Uint8Array): Generator<number, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const four = (at: number) => view.getUint32(at, true);
  let end = bytes.length - 22;
  while (four(end) !== END) end--;
  let at = four(end + 16);
  const end64 = four(end - 20) === END_LOCATOR_64 ? four(end - 12) : null;
  if (end64 !== null && four(end64) === END_64) at = four(end64 + 48);
  while (at + 46 <= end) {
    yield four(at + 16);
    at += 46 + [28, 30, 32].reduce((sum, length) => sum + view.getUint16(at + length, true), 0);
  }
}

// made when it is needed: a module that computes when it is loaded stays in every bundle
let table: Uint32Array | null = null;

/** CRC-32 as zip and PNG have it. */
export function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
    return rest;
  });
  let sum = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    sum = (table[(sum ^ (bytes[i] as number)) & 255] as number) ^ (sum >>> 8);
  }
  return ~sum >>> 0;
}
