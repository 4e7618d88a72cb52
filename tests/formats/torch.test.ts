import fc from 'fast-check';
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import {
  decodeTorch,
  decodeWeights,
  encodeTorch,
  isTorchFile,
  TorchFileError,
  TorchObject,
  TorchTensor,
  torchState,
} from '../../src/formats/index.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { CHECKPOINT, EVIL, EVIL_PROTOCOL_4, LEGACY, STATE } from './torch-fixtures.ts';

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const placeOf = (file: Uint8Array, text: string) => new TextDecoder('latin1').decode(file).indexOf(text);
const utf8 = (text: string) => [...new TextEncoder().encode(text)];

/** Contents of the fixtures' state dict: [shape, type, values]. */
const EXPECTED: Record<string, [number[], string, number[]]> = {
  '0.weight': [[2, 3, 2, 1], 'F32', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  turned: [[3, 4], 'F32', [12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23]],
  half: [[3], 'F16', [1, -2.5, 65504]],
  brain: [[2], 'BF16', [1, -2.5]],
  double: [[], 'F64', [0.5]],
  '1.num_batches_tracked': [[], 'I64', [7]],
  empty: [[0, 3], 'F32', []],
};

function expectFixture(state: StateDict): void {
  expect([...state.keys()]).toEqual(Object.keys(EXPECTED));
  for (const [name, [shape, , values]] of Object.entries(EXPECTED)) {
    expect(state.get(name)!.shape).toEqual(shape);
    expect([...state.get(name)!.data]).toEqual(values);
  }
}

describe('files as torch.save writes them', () => {
  test.each([
    ['PyTorch 1.6 and later', STATE],
    ['before', LEGACY],
  ])('%s: every type, strides, views into one storage, scalars, empty tensors', (_, fixture) => {
    const file = bytesOf(fixture);
    expect(isTorchFile(file)).toBe(true);
    const value = decodeTorch(file);
    if (!(value instanceof Map)) throw new Error('no dict');
    for (const [name, [shape, dtype]] of Object.entries(EXPECTED)) {
      const tensor = value.get(name);
      if (!(tensor instanceof TorchTensor)) throw new Error(`${name} is no tensor`);
      expect([tensor.shape, tensor.dtype]).toEqual([shape, dtype]);
    }
    expectFixture(torchState(value));
    expect(decodeWeights(file).format).toBe('torch');
    expectFixture(decodeWeights(file).state);
  });

  test('a view into a larger buffer reads the same', () => {
    const file = bytesOf(STATE);
    const larger = new Uint8Array(file.length + 3);
    larger.set(file, 3);
    expectFixture(torchState(decodeTorch(larger.subarray(3))));
  });

  test('a checkpoint: plain values unchanged, weights without the prefix of DataParallel', () => {
    const value = decodeTorch(bytesOf(CHECKPOINT));
    if (!(value instanceof Map)) throw new Error('no dict');
    const plain = ['epoch', 'best', 'big', 'below', 'done', 'none', 'name'].map((key) => value.get(key));
    expect(plain).toEqual([300, 0.875, 2n ** 62n, -70000, true, null, 'é']);
    const optimizer = value.get('optimizer');
    if (!(optimizer instanceof Map)) throw new Error('no optimizer');
    expect(optimizer.get('param_groups')).toEqual([
      new Map<string, unknown>([
        ['lr', 1e-3],
        ['betas', [0.9, 0.999]],
        ['params', [0]],
      ]),
    ]);
    expectFixture(torchState(value));
    expectFixture(torchState(value, 'model'));
    expect(() => torchState(value, 'ema')).toThrow('it has no dict of tensors "ema"; it has "model"');
  });

  test.each([
    ['protocol 2', EVIL],
    ['protocol 4', EVIL_PROTOCOL_4],
  ])('a file that would run code is read as a mere name: %s', (_, fixture) => {
    const value = decodeTorch(bytesOf(fixture));
    const call = value instanceof Map ? value.get('a') : null;
    expect(call).toBeInstanceOf(TorchObject);
    expect(call).toMatchObject({ type: 'posix.system', args: ['echo taken over'] });
    expect(() => torchState(value)).toThrow(
      'it has no dict of tensors; its entries are a (posix.system). No code from a file is run',
    );
  });
});

// Pickles by hand: each function gives the instructions of a value.
const PROTOCOL = [0x80, 2];
const int = (value: number) => [0x4a, ...new Uint8Array(Int32Array.of(value).buffer)];
const text = (value: string) => [0x58, value.length, 0, 0, 0, ...utf8(value)];
const tuple = (...items: number[][]) => [0x28, ...items.flat(), 0x74];
const global = (module: string, name: string) => [0x63, ...utf8(`${module}\n${name}\n`)];
const call = (callee: number[], ...args: number[][]) => [...callee, ...tuple(...args), 0x52];
const dict = (key: number[], value: number[]) => [0x7d, ...key, ...value, 0x73];
const storage = (length: number, key = '0', type = 'FloatStorage') => [
  ...tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(length)),
  0x51,
];
const tensor = (held: number[], offset: number, shape: number[], strides: number[]) =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    held,
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    [0x89],
    call(global('collections', 'OrderedDict')),
  );

function fileOf(value: number[], more: Zippable = {}): Uint8Array {
  const pickle = Uint8Array.from([...PROTOCOL, ...value, 0x2e]);
  const data = new Uint8Array(16);
  return zipSync({ 'a/data.pkl': pickle, 'a/data/0': data, ...more }, { level: 0 });
}

/** The same archive with the end record of zip64, which alone states the position of the table of contents. */
function zip64(file: Uint8Array): Uint8Array {
  const end = file.length - 22;
  const old = new DataView(file.buffer, file.byteOffset + end, 22);
  const out = new Uint8Array(file.length + 56 + 20);
  out.set(file.subarray(0, end));
  out.set(file.subarray(end), end + 76);
  const view = new DataView(out.buffer);
  view.setUint32(end, 0x06064b50, true);
  view.setUint32(end + 4, 44, true);
  for (const at of [24, 32]) view.setUint32(end + at, old.getUint16(8, true), true);
  view.setUint32(end + 40, old.getUint32(12, true), true);
  view.setUint32(end + 48, old.getUint32(16, true), true);
  view.setUint32(end + 56, 0x07064b50, true);
  view.setUint32(end + 64, end, true);
  view.setUint32(end + 72, 1, true);
  for (const at of [8, 10]) view.setUint16(end + 76 + at, 0xffff, true);
  view.setUint32(end + 76 + 16, 0xffffffff, true);
  return out;
}

const weight = (value: number[]) => dict(text('w'), value);
const readState = (file: Uint8Array) => () => torchState(decodeTorch(file));

describe('rejected files', () => {
  const ones = [1, 1, 1, 1, 1, 1, 1, 1];
  const cases: [name: string, file: Uint8Array, message: RegExp][] = [
    ['nothing', new Uint8Array(0), /begins with ""/],
    ['text', Uint8Array.from(utf8('<html>')), /it begins with "3c 68 74 6d"/],
    ['an archive cut off', bytesOf(STATE).slice(0, 900), /zip archive is damaged .* truncated/],
    ['an archive of something else', zipSync({ 'a.txt': new Uint8Array(3) }), /exactly one data\.pkl/],
    ['two pickles', fileOf([], { 'b/data.pkl': new Uint8Array(1) }), /exactly one data\.pkl/],
    [
      'TorchScript',
      fileOf([], { 'a/constants.pkl': new Uint8Array(1) }),
      /a TorchScript program\. Save its weights/,
    ],
    ['big-endian numbers', fileOf([], { 'a/byteorder': Uint8Array.from(utf8('big')) }), /big-endian/],
    [
      'a compressed storage',
      fileOf(weight(tensor(storage(4), 0, [4], [1])), { 'a/data/0': [new Uint8Array(999), { level: 9 }] }),
      /"a\/data\/0" in the archive is compressed/,
    ],
    [
      'a whole model',
      fileOf([...global('models.fer', 'Model_V3'), 0x29, 0x81]),
      /it is an object models\.fer\.Model_V3\. .*torch\.save\(model\.state_dict\(\)/,
    ],
    ['a function of PyTorch', fileOf(global('torch', 'load')), /it is an object torch\.load\. No code/],
    ['an inherited name', fileOf(global('torch', 'toString')), /it is an object torch\.toString/],
    ['an unknown instruction', fileOf([0x82]), /byte 0x82 at 2 is not a known pickle opcode/],
    ['a pickle that ends too soon', fileOf([0x58, 99, 0, 0, 0]), /ends prematurely/],
    ['nothing on the stack', fileOf([0x52]), /but the stack is empty/],
    ['a mark as a value', fileOf([0x28, 0x52]), /but the stack is empty/],
    ['a list without a beginning', fileOf([0x74]), /a list has no start mark/],
    ['a value that was never named', fileOf([0x68, 5]), /refers to value 5, which was never stored/],
    ['a key without a value', fileOf([0x7d, 0x28, ...int(1), 0x75]), /a key of a dict has no value/],
    ['a list as a key', fileOf([0x7d, 0x5d, 0x4e, 0x73]), /its entries are a list of 0 \(None\)/],
    [
      'items for a number',
      fileOf([...int(1), ...int(1), ...int(1), 0x73]),
      /items of something that is not a dict/,
    ],
    [
      'items for a string',
      fileOf([...text('a'), ...int(1), 0x61]),
      /appends to something that is not a list/,
    ],
    ['a call of a dict', fileOf([0x7d, 0x29, 0x52]), /calls something that is not a function/],
    [
      'a call of a storage class',
      fileOf([...global('torch', 'FloatStorage'), 0x29, 0x52]),
      /it is an object torch\.FloatStorage/,
    ],
    ['attributes of a list', fileOf([0x5d, 0x7d, 0x62]), /attributes of something that is not an object/],
    [
      'a number of 300 bytes',
      fileOf([0x8b, 44, 1, 0, 0, ...new Array(300).fill(1)]),
      /integer has 300 bytes/,
    ],
    ['a name without an end', fileOf([0x63, 0x61]), /a name does not end/],
    ['a global without a name', fileOf([...int(1), ...int(1), 0x93]), /a global has no name/],
    ['no storage', fileOf(weight(tensor(int(1), 0, [1], [1]))), /without storage, offset, shape and strides/],
    [
      'an OrderedDict of numbers',
      fileOf(call(global('collections', 'OrderedDict'), [0x5d, ...int(1), 0x61])),
      /not built from a list of pairs/,
    ],
    [
      'something outside that is not a storage',
      fileOf([...text('x'), 0x51]),
      /persistent id is not that of a storage/,
    ],
    ['a storage of a negative length', fileOf([...storage(-1)]), /persistent id is not that of a storage/],
    ['a bare storage', fileOf(storage(4)), /it is an object torch\.storage/],
    [
      'a tensor beyond its storage',
      fileOf(weight(tensor(storage(4), 1, [4], [1]))),
      /does not fit in storage "0" of 4/,
    ],
    ['strides beyond the storage', fileOf(weight(tensor(storage(4), 0, [2, 2], [3, 1]))), /does not fit/],
    ['a negative stride', fileOf(weight(tensor(storage(4), 3, [4], [-1]))), /without storage, offset, shape/],
    [
      'a shape beyond 2^53',
      fileOf(weight(tensor(storage(4), 0, [2 ** 30, 2 ** 30], [0, 0]))),
      /does not fit/,
    ],
    ['strides of another rank', fileOf(weight(tensor(storage(4), 0, [2, 2], [1]))), /does not fit/],
    [
      'a number repeated a billion times',
      fileOf(weight(tensor(storage(1), 0, [2 ** 30], [0]))),
      /\.contiguous\(\)/,
    ],
    [
      'ranks by the hundred',
      fileOf(weight(tensor(storage(4), 0, new Array(65).fill(1), new Array(65).fill(1)))),
      /without storage/,
    ],
    [
      'a storage that is missing',
      fileOf(weight(tensor(storage(4, '7'), 0, [4], [1]))),
      /"a\/data\/7" is missing/,
    ],
    [
      'a storage that is short',
      fileOf(weight(tensor(storage(5), 0, [4], [1]))),
      /should have 5 elements of F32, 20 bytes, but has 16/,
    ],
    [
      'a storage of two types',
      fileOf([
        ...weight(tensor(storage(4), 0, [4], [1])),
        ...text('v'),
        ...tensor(storage(4, '0', 'IntStorage'), 0, [4], [1]),
        0x73,
      ]),
      /storage "0" is described as 4 of F32 and as 4 of I32/,
    ],
    ['no tensors', fileOf(dict(text('epoch'), int(3))), /it has no dict of tensors; its entries are epoch/],
    [
      'a list of tensors',
      fileOf([0x5d, ...tensor(storage(4), 0, [4], [1]), 0x61]),
      /holds a list, not a state dict/,
    ],
    ['one tensor', fileOf(tensor(storage(4), 0, ones, ones)), /holds a single tensor, not a state dict/],
    [
      'two dicts of tensors',
      fileOf([
        ...dict(text('a'), weight(tensor(storage(4), 0, [4], [1]))),
        ...text('b'),
        ...weight(tensor(storage(4), 0, [4], [1])),
        0x73,
      ]),
      /several dicts of tensors: "a" \(tensors: 1, first "w"\), "b" .*--key a/,
    ],
  ];
  test.each(cases)('%s', (_, file, message) => {
    expect(readState(file)).toThrow(TorchFileError);
    expect(readState(file)).toThrow(message);
  });

  test('by the old format, where it is truncated', () => {
    const file = bytesOf(LEGACY);
    for (const length of [14, 100, 600, file.length - 1]) {
      expect(readState(file.slice(0, length))).toThrow(TorchFileError);
    }
  });

  test('one flipped bit of the new format, by its checksums', () => {
    const whole = bytesOf(STATE);
    const numbers = placeOf(whole, 'small/data/0') + 'small/data/0'.length;
    const places = [placeOf(whole, '0.weight'), numbers + 3, numbers + 95];
    for (const place of places) {
      const file = whole.slice();
      file[place]! ^= 0x10;
      expect(readState(file)).toThrow(TorchFileError);
      expect(readState(file)).toThrow(/"small\/data(\.pkl|\/0)" in the archive is damaged: .*checksum/);
    }
  });

  test('but not if PyTorch wrote checksums of zero', () => {
    const file = bytesOf(STATE);
    const view = new DataView(file.buffer);
    for (let at = 0; at < file.length - 4; at++) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 16, 0, true);
    }
    expect(readState(file)).toThrow(/the header of "small\/\w+" differs from the table of contents/);
    for (let at = 0; at < file.length - 4; at++) {
      if (view.getUint32(at, true) === 0x04034b50) view.setUint32(at + 14, 0, true);
    }
    expectFixture(readState(file)());
  });

  test('the checksums of a zip64 archive by PyTorch are also verified', () => {
    const file = zip64(bytesOf(STATE));
    expectFixture(readState(file)());
    const place = placeOf(file, 'small/data/0') + 'small/data/0'.length + 3;
    file[place]! ^= 0x10;
    expect(readState(file)).toThrow(/checksum/);
  });

  test('a value that refers to itself is handled', () => {
    const file = fileOf([0x7d, 0x71, 0, ...text('self'), 0x68, 0, 0x73]);
    expect(readState(file)).toThrow('no dict of tensors');
  });

  test('unused storages may be missing: the moments of an optimizer', () => {
    const moments = dict(text('m'), dict(int(0), tensor(storage(99, 'gone'), 0, [99], [1])));
    const file = fileOf([...moments, ...text('model'), ...weight(tensor(storage(4), 0, [4], [1])), 0x73]);
    expect([...readState(file)().keys()]).toEqual(['w']);
  });
});

test('a transposed parameter of a stride-1 axis and one at an offset', () => {
  const numbers = new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer);
  const file = fileOf(weight(tensor(storage(24), 4, [2, 1, 3], [1, 77, 2])), { 'a/data/0': numbers });
  expect([...readState(file)().get('w')!.data]).toEqual([4, 6, 8, 5, 7, 9]);
});

test.each([
  ['zip', STATE],
  ['legacy', LEGACY],
])('damaged bytes result in the values or a TorchFileError, nothing else: %s', (_, fixture) => {
  const file = bytesOf(fixture);
  const edits = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(edits, fc.nat(file.length), fc.boolean(), (list, length, isCut) => {
      const damaged = isCut ? file.slice(0, length) : file.slice();
      for (const [at, byte] of list) damaged[at % Math.max(1, damaged.length)] = byte;
      try {
        torchState(decodeTorch(damaged));
      } catch (error) {
        expect(error).toBeInstanceOf(TorchFileError);
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
});

test('any opcodes result in a value or a TorchFileError, nothing else', () => {
  const useful = [
    ...PROTOCOL,
    0x28,
    0x29,
    0x5d,
    0x7d,
    0x74,
    0x75,
    0x65,
    0x71,
    0x68,
    0x51,
    0x52,
    0x62,
    0x4b,
    0x4e,
    0x30,
  ];
  const parts = fc.oneof(
    fc.constantFrom(...useful).map((byte) => [byte]),
    fc.nat(255).map((byte) => [byte]),
    fc.constantFrom(storage(4), weight(tensor(storage(4), 0, [2, 2], [2, 1])), global('torch', 'IntStorage')),
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), (list) => {
      try {
        torchState(decodeTorch(fileOf(list.flat())));
      } catch (error) {
        expect(error).toBeInstanceOf(TorchFileError);
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
});

describe('writing', () => {
  const state: StateDict = new Map([
    ['0.weight', { shape: [2, 3, 1, 1], data: Float32Array.of(1, -2, 3.5, 1 / 3, 1e-3, 7) }],
    ['1.weight', { shape: [3], data: Float32Array.of(1, 1 / 3, 1e9) }],
    ['1.running_var', { shape: [3], data: Float32Array.of(1e-9, 1 / 3, 1e9) }],
    ['wide', { shape: [1, 2], data: Float32Array.of(70000, 1 / 3) }],
    ['steps', { shape: [2], data: Float32Array.of(0, 0) }],
  ]);

  test('survives a round trip, with PyTorch’s counters', () => {
    const back = torchState(decodeTorch(encodeTorch(state)));
    const counter = '1.num_batches_tracked';
    expect(back.get(counter)).toEqual({ shape: [], data: Float32Array.of(0) });
    back.delete(counter);
    expect(back).toEqual(state);
  });

  test('in half precision if that is safe', () => {
    const back = torchState(decodeTorch(encodeTorch(state, 'f16')));
    expect(back.get('0.weight')!.data[3]).toBe(0.333251953125);
    for (const name of ['1.weight', '1.running_var', 'wide']) expect(back.get(name)).toEqual(state.get(name));
  });

  test('is what PyTorch’s reader expects: names, nothing compressed, storages at multiples of 64', () => {
    const file = encodeTorch(state);
    expect(encodeTorch(state)).toEqual(file);
    const entries = unzipSync(file);
    expect(Object.keys(entries)).toEqual([
      'weights/data.pkl',
      'weights/byteorder',
      ...[0, 1, 2, 3, 4, 5].map((i) => `weights/data/${i}`),
      'weights/version',
    ]);
    expect(new TextDecoder().decode(entries['weights/version'])).toBe('3\n');
    const view = new DataView(file.buffer);
    let at = 0;
    while (view.getUint32(at, true) === 0x04034b50) {
      expect(view.getUint16(at + 8, true)).toBe(0); // not compressed
      const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
      expect(start % 64).toBe(0);
      at = start + view.getUint32(at + 18, true);
    }
    expect(view.getUint32(at, true)).toBe(0x02014b50); // the table of contents
  });
});
