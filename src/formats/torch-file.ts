import { unzipSync } from 'fflate';
import { TorchFileError } from './torch-bytes.ts';
import { type TorchValue, torchHooks, torchValue } from './torch-globals.ts';
import { readPickle } from './torch-pickle.ts';
import type { TorchStorage } from './torch-tensor.ts';
import { crc32, zipChecksums } from './zip-checksums.ts';

/** How files of PyTorch before 1.6 begin: a pickle of a magic number. */
const MAGIC = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/** Before each storage's bytes in those files: how many elements it has. */
const LENGTH_BYTES = 8;
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** Whether bytes begin as a file of `torch.save` does, in either of its formats. */
export function isTorchFile(bytes: Uint8Array): boolean {
  return startsWith(bytes, ZIP) || startsWith(bytes, MAGIC);
}

/**
 * Reads a file of `torch.save` (`.pth`, `.pt`): the zip format of PyTorch 1.6 and later, and the one before it. No
 * code of the file is run: all that it can ask for is tensors, dicts, lists, numbers and text.
 *
 * @throws TorchFileError for a damaged file (a zip's checksums are held against its bytes), a whole model or a
 * TorchScript program instead of a state dict, and for any global that makes no tensor, which it names
 */
export function decodeTorch(bytes: Uint8Array): TorchValue {
  if (startsWith(bytes, ZIP)) return decodeZip(bytes);
  if (startsWith(bytes, MAGIC)) return decodeMagic(bytes);
  const first = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return fail(
    `a file of torch.save is a zip archive, or a pickle before PyTorch 1.6; this begins with "${first}"`,
  );
}

/** A folder in a zip archive: `data.pkl` and one file a storage, `data/0`, `data/1`, ... */
function decodeZip(bytes: Uint8Array): TorchValue {
  const entries = extract(bytes, (name) => /(^|\/)(data\.pkl|constants\.pkl|byteorder)$/.test(name));
  if (endingWith(entries, 'constants.pkl').length > 0) {
    return fail(
      'it is a TorchScript program; save its weights: torch.save(model.state_dict(), "weights.pth")',
    );
  }
  const [pickle, ...more] = endingWith(entries, 'data.pkl');
  if (!pickle || more.length > 0) return fail('its archive has no data.pkl, or several (who wrote it?)');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = entries[`${folder}byteorder`];
  checkByteOrder(!order || new TextDecoder().decode(order).trim() === 'little');
  const load = ({ key }: TorchStorage) => {
    const name = `${folder}data/${key}`;
    return extract(bytes, (entry) => entry === name)[name] ?? fail(`"${name}" is missing in its archive`);
  };
  return torchValue(readPickle(entries[pickle]!, 0, torchHooks(new Map(), load)).value);
}

/** The entries that are wanted. `torch.save` compresses nothing, so that no small file can unfold to a huge one. */
function extract(
  bytes: Uint8Array,
  isWanted: (name: string) => boolean,
): Record<string, Uint8Array<ArrayBuffer>> {
  const sums = zipChecksums(bytes);
  const wanted = new Map<string, number | undefined>();
  try {
    const entries = unzipSync(bytes, {
      filter: ({ name, size, compression }) => {
        const { value } = sums.next();
        if (!isWanted(name)) return false;
        if (compression !== 0) fail(`"${name}" in its archive is compressed; torch.save does not do so`);
        if (size > bytes.length) fail(`"${name}" in its archive has ${size} bytes, the file ${bytes.length}`);
        wanted.set(name, value);
        return true;
      },
    });
    for (const [name, sum] of wanted) {
      // 0 where PyTorch was told to compute none
      if (sum === 0 || sum === crc32(entries[name]!)) continue;
      fail(`"${name}" in its archive is damaged: its bytes do not have their checksum; fetch the file again`);
    }
    return entries;
  } catch (error) {
    if (error instanceof TorchFileError) throw error;
    return fail(`its zip archive is damaged (${String(error)}); was it cut off?`);
  }
}

function endingWith(entries: Record<string, unknown>, name: string): string[] {
  return Object.keys(entries).filter((path) => path === name || path.endsWith(`/${name}`));
}

/** Pickles of magic number, protocol, machine, value and storage keys; then length and bytes of each storage. */
function decodeMagic(bytes: Uint8Array): TorchValue {
  const storages = new Map<string, TorchStorage>();
  const starts = new Map<string, number>();
  const hooks = torchHooks(storages, ({ key, byteLength }) => {
    const start = starts.get(key) ?? fail(`storage "${key}" is missing`);
    return bytes.slice(start, start + byteLength);
  });
  let at = 0;
  const next = () => {
    const { value, end } = readPickle(bytes, at, hooks);
    at = end;
    return value;
  };
  next(); // magic number
  next(); // version of the format
  const machine = next();
  checkByteOrder(!(machine instanceof Map && machine.get('little_endian') === false));
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) return fail('the list of its storages is missing');
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage) return fail(`it lists a storage ${String(key)} that no tensor lies in`);
    starts.set(storage.key, at + LENGTH_BYTES);
    at += LENGTH_BYTES + storage.byteLength;
    if (at > bytes.length) return fail(`it ends in the middle of storage "${storage.key}" (was it cut off?)`);
  }
  return torchValue(value);
}

function checkByteOrder(isLittle: boolean): void {
  if (!isLittle) fail('its numbers are big-endian; save it again on another machine');
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function fail(message: string): never {
  throw new TorchFileError(`PyTorch file: ${message}`);
}
