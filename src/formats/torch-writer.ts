import { type Zippable, zipSync } from 'fflate';
import { expectState } from '../layers/expect-state.ts';
import type { StateDict } from '../layers/state-dict.ts';
import type { SafetensorsTensor } from './safetensors.ts';
import { DTYPE_BYTES, elementCount } from './safetensors-header.ts';
import { tensorsOf } from './state-tensors.ts';
import { STORAGE_DTYPES } from './torch-types.ts';

/** Alignment of storages in bytes, which PyTorch needs to map files into memory. */
const ALIGNMENT = 64;
/** The extra field of a zip entry that PyTorch also uses for padding: "FB". */
const PADDING_FIELD = 0x4246;
/** A fixed date, so that equal weights are encoded as equal bytes. */
const DATE = new Date(1980, 0, 1, 12);

/**
 * Encodes a state dict as a PyTorch file (zip format, protocol 2), which `torch.load(path, weights_only=True)` reads.
 * The counters `num_batches_tracked` of PyTorch's batch norm are added as zeros if the state does not have them, so that
 * the names are exactly those of the reference's `state_dict()`.
 */
export function encodeTorch(state: StateDict, dtype: 'f32' | 'f16' = 'f32'): Uint8Array<ArrayBuffer> {
  expectState('encodeTorch', state);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of tensorsOf(state, dtype)) {
    tensors.set(name, tensor);
    if (name.endsWith('.running_var')) {
      const counter = name.replace(/running_var$/, 'num_batches_tracked');
      if (state.has(counter)) continue;
      tensors.set(counter, { dtype: 'I64', shape: [], data: new BigInt64Array(1) });
    }
  }
  const text = (content: string) => new TextEncoder().encode(content);
  const files: [string, Uint8Array][] = [
    ['weights/data.pkl', pickleOf(tensors)],
    ['weights/byteorder', text('little')],
    ...[...tensors.values()].map(({ data }, i): [string, Uint8Array] => [
      `weights/data/${i}`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
    ['weights/version', text('3\n')],
  ];
  const archive: Zippable = {};
  let at = 0;
  for (const [name, content] of files) {
    const header = 30 + name.length + 4;
    const padding = (ALIGNMENT - ((at + header) % ALIGNMENT)) % ALIGNMENT;
    archive[name] = [content, { level: 0, mtime: DATE, extra: { [PADDING_FIELD]: new Uint8Array(padding) } }];
    at += header + padding + content.length;
  }
  return zipSync(archive) as Uint8Array<ArrayBuffer>;
}

/** Encodes the pickle of an OrderedDict of tensors, each with its own storage. */
function pickleOf(tensors: ReadonlyMap<string, SafetensorsTensor>): Uint8Array {
  const pickle = new PickleWriter();
  pickle.global('collections', 'OrderedDict').bytes(EMPTY_TUPLE, REDUCE, MARK);
  let key = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const storage = [...STORAGE_DTYPES].find(([, type]) => type === dtype)?.[0];
    if (!storage)
      throw new Error(`encodeTorch: ${name} has the dtype ${dtype}, for which PyTorch has no storage class`);
    pickle.text(name).global('torch._utils', '_rebuild_tensor_v2').bytes(MARK);
    pickle.bytes(MARK).text('storage').global('torch', storage).text(String(key)).text('cpu');
    pickle.int(data.byteLength / DTYPE_BYTES[dtype]).bytes(TUPLE, PERSISTENT_ID);
    pickle.int(0).ints(shape).ints(stridesOf(shape)).bytes(FALSE);
    pickle.global('collections', 'OrderedDict').bytes(EMPTY_TUPLE, REDUCE, TUPLE, REDUCE);
    key++;
  }
  return pickle.bytes(SET_ITEMS, STOP).finish();
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

const MARK = 0x28;
const STOP = 0x2e;
const TUPLE = 0x74;
const EMPTY_TUPLE = 0x29;
const REDUCE = 0x52;
const PERSISTENT_ID = 0x51;
const SET_ITEMS = 0x75;
const FALSE = 0x89;

class PickleWriter {
  private readonly out: number[] = [0x80, 2];

  bytes(...bytes: number[]): this {
    this.out.push(...bytes);
    return this;
  }

  text(text: string): this {
    const utf8 = new TextEncoder().encode(text);
    return this.bytes(0x58, ...fourBytes(utf8.length), ...utf8);
  }

  /** below 2^31 */
  int(value: number): this {
    return this.bytes(0x4a, ...fourBytes(value));
  }

  ints(values: readonly number[]): this {
    this.bytes(MARK);
    for (const value of values) this.int(value);
    return this.bytes(TUPLE);
  }

  global(module: string, name: string): this {
    return this.bytes(0x63, ...new TextEncoder().encode(`${module}\n${name}\n`));
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.out);
  }
}

function fourBytes(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}
