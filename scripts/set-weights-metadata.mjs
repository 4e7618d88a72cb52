// Sets metadata of a safetensors file without changing the tensors:
//
//   node scripts/set-weights-metadata.mjs <file> color=gray testTimeMirror=true
//
// An entry without a value (`color=`) is removed.
import { readFile, writeFile } from 'node:fs/promises';

const LENGTH_BYTES = 8;
const [path, ...entries] = process.argv.slice(2);
const bad = entries.find((entry) => !/^\w+=/.test(entry));
if (!path || entries.length === 0 || bad !== undefined) {
  console.error(
    `usage: node scripts/set-weights-metadata.mjs <file> key=value ...${bad ? ` (got ${bad})` : ''}`,
  );
  process.exit(1);
}
const file = await readFile(path);
const end = LENGTH_BYTES + Number(file.readBigUInt64LE(0));
const header = JSON.parse(file.subarray(LENGTH_BYTES, end).toString());
const metadata = { ...header.__metadata__ };
for (const entry of entries) {
  const at = entry.indexOf('=');
  const [key, value] = [entry.slice(0, at), entry.slice(at + 1)];
  if (value === '') delete metadata[key];
  else metadata[key] = value;
}
const text = Buffer.from(JSON.stringify({ ...header, __metadata__: metadata }));
// the tensors begin at a multiple of eight bytes
const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
text.copy(padded);
const length = Buffer.alloc(LENGTH_BYTES);
length.writeBigUInt64LE(BigInt(padded.length));
await writeFile(path, Buffer.concat([length, padded, file.subarray(end)]));
console.log(`${path}:`, metadata);
