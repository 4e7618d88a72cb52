// made when it is needed: a module that computes when it is loaded stays in every bundle
let table: Uint32Array | null = null;

/** CRC-32 as zip and PNG define it; of several pieces, with the sum of those before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
    return rest;
  });
  let sum = ~before;
  for (let i = 0; i < bytes.length; i++) {
    sum = (table[(sum ^ (bytes[i] as number)) & 255] as number) ^ (sum >>> 8);
  }
  return ~sum >>> 0;
}
