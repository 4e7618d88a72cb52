import { bytesOf, type FileBytes } from './bytes.ts';
import { TorchFileError } from './torch-bytes.ts';
import { torchHooks } from './torch-globals.ts';
import type { TorchValue } from './torch-object.ts';
import { readPickle } from './torch-pickle.ts';
import type { TorchStorage } from './torch-tensor.ts';
import { ZipArchive } from './zip-archive.ts';

/** The pickled number that files of PyTorch before 1.6 begin with, after the pickle's protocol. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/** Before each storage's bytes in those files: how many elements it has. */
const LENGTH_BYTES = 8;
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** Whether bytes begin as a file of `torch.save` does, in either of its formats. */
export function isTorchFile(file: FileBytes): boolean {
  const bytes = bytesOf(file, 'isTorchFile');
  return startsWith(bytes, ZIP) || hasMagic(bytes);
}

/**
 * Reads a file of `torch.save` (`.pth`, `.pt`): the zip format of PyTorch 1.6 and later, and the one before it. No
 * code of the file is run: tensors, dicts, lists, numbers and text are read, and every other Python object becomes a
 * `TorchObject`, which says what it would have been.
 *
 * @throws TorchFileError for a file that is truncated or damaged (a zip's checksums are verified), a TorchScript
 * program, and a file made to exhaust memory
 */
export function decodeTorch(file: FileBytes): TorchValue {
  const bytes = bytesOf(file, 'decodeTorch');
  if (startsWith(bytes, ZIP)) return decodeZip(bytes);
  if (hasMagic(bytes)) return decodeMagic(bytes);
  const first = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return fail(
    `a file of torch.save is a zip archive, or a pickle before PyTorch 1.6; this begins with "${first}"`,
  );
}

/** A folder in a zip archive: `data.pkl` and one file per storage, `data/0`, `data/1`, ... */
function decodeZip(bytes: Uint8Array): TorchValue {
  const archive = new ZipArchive(bytes);
  const names = archive.names();
  if (endingWith(names, 'constants.pkl').length > 0) {
    return fail(
      'it is a TorchScript program; save its weights: torch.save(model.state_dict(), "weights.pth")',
    );
  }
  const [pickle, ...more] = endingWith(names, 'data.pkl');
  if (pickle === undefined || more.length > 0)
    return fail('its archive has no data.pkl, or several (who wrote it?)');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = `${folder}byteorder`;
  checkByteOrder(!names.includes(order) || new TextDecoder().decode(archive.read(order)).trim() === 'little');
  const hooks = torchHooks(new Map(), ({ key }: TorchStorage) => archive.read(`${folder}data/${key}`));
  return readPickle(archive.read(pickle), 0, hooks).value;
}

function endingWith(names: readonly string[], name: string): string[] {
  return names.filter((path) => path === name || path.endsWith(`/${name}`));
}

/** Pickles of magic number, protocol, machine, value and storage keys; then length and bytes of each storage. */
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
    if (!storage) return fail(`it lists a storage that no tensor lies in (${String(key).slice(0, 40)})`);
    const start = at + LENGTH_BYTES;
    if (start + storage.byteLength > bytes.length) {
      return fail(`it ends in the middle of storage "${storage.key}" (was it cut off?)`);
    }
    const stated = view.getBigInt64(at, true);
    if (stated !== BigInt(storage.length)) {
      return fail(
        `storage "${storage.key}" has ${storage.length} elements by its pickle, ${stated} by its own length`,
      );
    }
    starts.set(storage.key, start);
    at = start + storage.byteLength;
  }
  return value;
}

/** Whether bytes begin with a pickle of the magic number, by protocol 2 to 5. */
function hasMagic(bytes: Uint8Array): boolean {
  const protocol = bytes[1] ?? 0;
  const frame = bytes[2] === 0x95 ? 9 : 0;
  return bytes[0] === 0x80 && protocol >= 2 && protocol <= 5 && startsWith(bytes.subarray(2 + frame), MAGIC);
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
