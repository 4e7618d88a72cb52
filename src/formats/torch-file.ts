import { bytesOf, type FileBytes } from './bytes.ts';
import { TorchFileError } from './torch-bytes.ts';
import { torchHooks } from './torch-globals.ts';
import type { TorchValue } from './torch-object.ts';
import { readPickle } from './torch-pickle.ts';
import type { TorchStorage } from './torch-tensor.ts';
import { ZipArchive } from './zip-archive.ts';

/** The pickled number at the beginning of files from PyTorch before 1.6, after the pickle's protocol. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/** Size of the element count before each storage in those files. */
const LENGTH_BYTES = 8;
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** Returns whether bytes begin like a file written by `torch.save`, in either of its formats. */
export function isTorchFile(file: FileBytes): boolean {
  const bytes = bytesOf(file, 'isTorchFile');
  return startsWith(bytes, ZIP) || hasMagic(bytes);
}

/**
 * Decodes a file written by `torch.save` (`.pth`, `.pt`): the zip format of PyTorch 1.6 and later, or the legacy
 * format. No code from the file is run: tensors, dicts, lists, numbers and strings are read, and every other Python
 * object becomes a `TorchObject`, which holds its type's name and attributes.
 *
 * @throws TorchFileError for truncated or damaged files (checksums of zip entries are verified), TorchScript programs,
 * and files intended to exhaust memory
 */
export function decodeTorch(file: FileBytes): TorchValue {
  const bytes = bytesOf(file, 'decodeTorch');
  if (startsWith(bytes, ZIP)) return decodeZip(bytes);
  if (hasMagic(bytes)) return decodeMagic(bytes);
  const first = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return fail(
    `it begins with "${first}", but torch.save writes a zip archive, or before PyTorch 1.6 a pickle`,
  );
}

/** Decodes the zip format: a folder with `data.pkl` and one file per storage, `data/0`, `data/1`, ... */
function decodeZip(bytes: Uint8Array): TorchValue {
  const archive = new ZipArchive(bytes);
  const names = archive.names();
  if (endingWith(names, 'constants.pkl').length > 0) {
    return fail(
      'it is a TorchScript program. Save its weights: torch.save(model.state_dict(), "weights.pth")',
    );
  }
  const [pickle, ...more] = endingWith(names, 'data.pkl');
  if (pickle === undefined || more.length > 0)
    return fail('its archive does not have exactly one data.pkl; torch.save may not have written it');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = `${folder}byteorder`;
  checkByteOrder(!names.includes(order) || new TextDecoder().decode(archive.read(order)).trim() === 'little');
  const hooks = torchHooks(new Map(), ({ key }: TorchStorage) => archive.read(`${folder}data/${key}`));
  return readPickle(archive.read(pickle), 0, hooks).value;
}

function endingWith(names: readonly string[], name: string): string[] {
  return names.filter((path) => path === name || path.endsWith(`/${name}`));
}

/**
 * Decodes the legacy format: pickles of magic number, protocol, machine, value and storage keys, then the length and
 * bytes of each storage.
 */
function decodeMagic(bytes: Uint8Array): TorchValue {
  const storages = new Map<string, TorchStorage>();
  const starts = new Map<string, number>();
  const hooks = torchHooks(storages, ({ key, byteLength }) => {
    const start = starts.get(key) ?? fail(`storage "${key}" is missing`);
    return new Uint8Array(bytes.subarray(start, start + byteLength));
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage) return fail(`it lists a storage that no tensor uses (${String(key).slice(0, 40)})`);
    const start = at + LENGTH_BYTES;
    if (start + storage.byteLength > bytes.length) {
      return fail(`it ends in the middle of storage "${storage.key}"; it may be truncated`);
    }
    const stated = view.getBigInt64(at, true);
    if (stated !== BigInt(storage.length)) {
      return fail(
        `storage "${storage.key}" has ${storage.length} elements according to its pickle, but ${stated} according to its length`,
      );
    }
    starts.set(storage.key, start);
    at = start + storage.byteLength;
  }
  return value;
}

/** Returns whether bytes begin with a pickle of the magic number, in protocol 2 to 5. */
function hasMagic(bytes: Uint8Array): boolean {
  const protocol = bytes[1] ?? 0;
  const frame = bytes[2] === 0x95 ? 9 : 0;
  return bytes[0] === 0x80 && protocol >= 2 && protocol <= 5 && startsWith(bytes.subarray(2 + frame), MAGIC);
}

function checkByteOrder(isLittle: boolean): void {
  if (!isLittle) fail('its numbers are big-endian. Save it again on a little-endian machine.');
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function fail(message: string): never {
  throw new TorchFileError(`PyTorch file: ${message}`);
}
