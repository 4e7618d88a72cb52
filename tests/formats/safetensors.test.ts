import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  fromFloat16,
  SafetensorsError,
  type SafetensorsTensor,
  toFloat16,
  toFloat32,
} from '../../src/formats/index.ts';
import { busy } from '../support/busy.ts';

/** A file with this header, unchanged, and this number of data bytes. */
function fileOf(header: string | Uint8Array, dataBytes = 0, statedLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, statedLength ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

function headerOf(file: Uint8Array): { text: string; bytes: number } {
  const bytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return { text: new TextDecoder().decode(file.subarray(8, 8 + bytes)), bytes };
}

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
const lengthOf = (shape: number[]) => shape.reduce((product, side) => product * side, 1);

function tensors(): fc.Arbitrary<SafetensorsTensor> {
  return shapes.chain((shape) => {
    const exactly = { minLength: lengthOf(shape), maxLength: lengthOf(shape) };
    return fc.oneof(
      fc.float32Array(exactly).map((data) => ({ dtype: 'F32' as const, shape, data })),
      fc.float64Array(exactly).map((data) => ({ dtype: 'F64' as const, shape, data })),
      fc.uint16Array(exactly).map((data) => ({ dtype: 'F16' as const, shape, data })),
      fc.bigInt64Array(exactly).map((data) => ({ dtype: 'I64' as const, shape, data })),
      fc.int32Array(exactly).map((data) => ({ dtype: 'I32' as const, shape, data })),
      fc.uint32Array(exactly).map((data) => ({ dtype: 'U32' as const, shape, data })),
      fc.uint8Array(exactly).map((data) => ({ dtype: 'U8' as const, shape, data })),
      fc.int8Array(exactly).map((data) => ({ dtype: 'I8' as const, shape, data })),
    );
  });
}

const names = fc
  .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('0', '10', 'toString', 'a"b\\', '{:}'))
  .filter((name) => name !== '__metadata__' && name !== '__proto__');

describe('round trip', () => {
  test('any tensors, names and metadata come back bit for bit, in order', () => {
    const files = fc.array(fc.tuple(names, tensors()), { maxLength: 6 });
    fc.assert(
      fc.property(files, fc.dictionary(names, fc.string()), fc.nat(7), (list, metadata, shift) => {
        const written = new Map(list);
        const file = encodeSafetensors(written, metadata);
        // A view into a larger buffer at any offset must read the same.
        const moved = new Uint8Array(file.length + shift).subarray(shift);
        moved.set(file);
        const read = decodeSafetensors(moved);
        expect([...read.tensors.keys()]).toEqual([...written.keys()]);
        for (const [name, { dtype, shape, data }] of written) {
          const back = read.tensors.get(name)!;
          expect(back.dtype).toBe(dtype);
          expect(back.shape).toEqual(shape);
          expect(back.data.constructor).toBe(data.constructor);
          expect(new Uint8Array(back.data.buffer)).toEqual(
            new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
          );
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });

  test('the data begins at a multiple of eight and each tensor at a multiple of its element size', () => {
    const file = encodeSafetensors(
      new Map<string, SafetensorsTensor>([
        ['flags', { dtype: 'U8', shape: [3], data: new Uint8Array([1, 2, 3]) }],
        ['half', { dtype: 'F16', shape: [1], data: new Uint16Array([0x3c00]) }],
        ['weight', { dtype: 'F32', shape: [1, 2], data: new Float32Array([1, -2]) }],
        ['steps', { dtype: 'I64', shape: [], data: new BigInt64Array([9n]) }],
      ]),
      { format: 'pt' },
    );
    const { text, bytes } = headerOf(file);
    expect(bytes % 8).toBe(0);
    expect(JSON.parse(text)).toEqual({
      __metadata__: { format: 'pt' },
      flags: { dtype: 'U8', shape: [3], data_offsets: [18, 21] },
      half: { dtype: 'F16', shape: [1], data_offsets: [16, 18] },
      weight: { dtype: 'F32', shape: [1, 2], data_offsets: [8, 16] },
      steps: { dtype: 'I64', shape: [], data_offsets: [0, 8] },
    });
  });

  test('a file from another writer, byte by byte', () => {
    const header = '{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}  ';
    const file = fileOf(header, 4);
    file.set([0x80, 0x3f, 0x20, 0xc0], file.length - 4);
    const { tensors, metadata } = decodeSafetensors(file);
    expect(toFloat32(tensors.get('w')!)).toEqual(new Float32Array([1, -2.5]));
    expect(metadata).toEqual({});
  });

  test('no tensors at all', () => {
    expect(decodeSafetensors(encodeSafetensors(new Map())).tensors.size).toBe(0);
  });
});

describe('malformed files', () => {
  const one = (entry: string) => `{"w":${entry}}`;
  const two = (a: string, b: string) =>
    `{"a":{"dtype":"U8","shape":[4],"data_offsets":${a}},"b":{"dtype":"U8","shape":[4],"data_offsets":${b}}}`;
  const cases: [name: string, file: Uint8Array, message: RegExp][] = [
    ['empty', new Uint8Array(0), /the file has 0 bytes, fewer than/],
    ['seven bytes', new Uint8Array(7), /has 7 bytes, fewer than/],
    ['header beyond the file', fileOf('{}', 0, 100n), /has 100 bytes, but only 2 follow.*truncated/],
    ['absurd header length', fileOf('{}', 0, 2n ** 63n), /too long \(got 9223372036854775808 bytes/],
    ['an empty header', fileOf(''), /does not begin with "\{" \(got ""/],
    ['not JSON', fileOf('{"w": }'), /the header is not JSON/],
    ['a list', fileOf('[]'), /does not begin with "\{"/],
    ['not UTF-8', fileOf(new Uint8Array([0x7b, 0xff, 0x7d])), /not UTF-8/],
    ['a byte order mark', fileOf('\ufeff{}'), /does not begin with/],
    [
      'an entry that is not an object',
      fileOf(one('[1]')),
      /tensor "w": entry: got \[1\], expected an object/,
    ],
    ['a null entry', fileOf(one('null')), /got null, expected an object/],
    ['an unknown dtype', fileOf(one('{"dtype":"F31"}')), /unknown dtype \(got "F31", .*F32/],
    ['an inherited dtype', fileOf(one('{"dtype":"toString"}')), /unknown dtype \(got "toString"/],
    ['no dtype', fileOf(one('{}')), /unknown dtype \(got undefined/],
    ['no shape', fileOf(one('{"dtype":"U8"}')), /shape: got .*, expected a list of integers/],
    [
      'a negative side',
      fileOf(one('{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}')),
      /non-negative integers/,
    ],
    ['a fraction', fileOf(one('{"dtype":"U8","shape":[1.5],"data_offsets":[0,0]}')), /non-negative integers/],
    [
      'a product beyond 2^53',
      fileOf(one('{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}')),
      /product below 2\^53/,
    ],
    ['no offsets', fileOf(one('{"dtype":"U8","shape":[1]}')), /data_offsets: got .*, expected two/],
    [
      'negative offsets',
      fileOf(one('{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}')),
      /data_offsets: got \[-1, 0\], expected two non-negative integers/,
    ],
    [
      'offsets beyond what a number holds',
      fileOf(one('{"dtype":"U8","shape":[1],"data_offsets":[9007199254740993,9007199254740994]}')),
      /data_offsets: got .*, expected two non-negative integers/,
    ],
    ['an endless side', fileOf(one('{"dtype":"U8","shape":[1e999],"data_offsets":[0,0]}')), /non-negative/],
    [
      'three offsets',
      fileOf(one('{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}')),
      /data_offsets: got .*, expected two/,
    ],
    [
      'backwards',
      fileOf(one('{"dtype":"U8","shape":[1],"data_offsets":[1,0]}'), 1),
      /\[1, 0\] end before they begin/,
    ],
    [
      'data beyond the file',
      fileOf(one('{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'), 7),
      /ends at byte 8, but the file has 7 bytes of data/,
    ],
    [
      'shape and offsets disagree',
      fileOf(one('{"dtype":"F32","shape":[2],"data_offsets":[0,4]}'), 4),
      /F32 of shape \[2\] needs 8 bytes, but data_offsets \[0, 4\] span 4/,
    ],
    ['overlap', fileOf(two('[0,4]', '[2,6]'), 6), /tensors "a" and "b" overlap: bytes 2 to 4/],
    ['the same bytes twice', fileOf(two('[0,4]', '[0,4]'), 4), /"a" and "b" overlap/],
    ['a hole', fileOf(two('[0,4]', '[6,10]'), 10), /bytes 4 to 6, before tensor "b", belong to no tensor/],
    ['unused bytes', fileOf(two('[0,4]', '[4,8]'), 9), /bytes 8 to 9, at the end/],
    ['a tensor twice', fileOf('{"a":1,"a":2}'), /key "a" occurs twice/],
    ['a tensor twice, spelled differently', fileOf('{"a":1, "\\u0061" :2}'), /key "a" occurs twice/],
    ['a field twice', fileOf(one('{"dtype":"U8","dtype":"F32"}')), /key "dtype" occurs twice/],
    ['a __proto__ tensor', fileOf('{"__proto__":{"dtype":"U8"}}'), /"__proto__"/],
    ['a __proto__ field', fileOf(one('{"__proto__":{}}')), /"__proto__"/],
    ['a __proto__ in the metadata', fileOf('{"__metadata__":{"__proto__":"x"}}'), /"__proto__"/],
    ['metadata that is not an object', fileOf('{"__metadata__":"x"}'), /expected an object of strings/],
    ['metadata of numbers', fileOf('{"__metadata__":{"a":1}}'), /"a": got 1, expected a string/],
    ['deep nesting', fileOf(one(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)), /safetensors: /],
    [
      'a very long name',
      fileOf(`{"${'x'.repeat(3_000_000)}":1}`),
      /tensor "x{57}\.\.\.": entry: got .*, expected an object/,
    ],
  ];
  test.each(cases)('%s', (_, file, message) => {
    expect(() => decodeSafetensors(file)).toThrow(SafetensorsError);
    expect(() => decodeSafetensors(file)).toThrow(message);
  });

  test('braces and keys inside strings are text', () => {
    const header =
      '{"__metadata__":{"a":"{\\"a\\":1}","b":"\\\\"},"}{":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}';
    const { tensors, metadata } = decodeSafetensors(fileOf(header));
    expect(metadata).toEqual({ a: '{"a":1}', b: '\\' });
    expect([...tensors.keys()]).toEqual(['}{']);
  });

  test('damaged bytes result in the file or a SafetensorsError, nothing else', () => {
    const file = encodeSafetensors(
      new Map<string, SafetensorsTensor>([
        ['a', { dtype: 'F32', shape: [2, 2], data: new Float32Array(4) }],
        ['b', { dtype: 'I64', shape: [1], data: new BigInt64Array(1) }],
      ]),
      { format: 'pt' },
    );
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length), (at, byte, length) => {
        const damaged = file.slice(0, Math.max(length, at + 1));
        damaged[at] = byte;
        try {
          decodeSafetensors(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
      { numRuns: 3000, seed: 7 },
    );
  });

  test('headers of any JSON result in a file or a SafetensorsError, nothing else', () => {
    const fields = {
      dtype: fc.oneof(fc.constantFrom('F32', 'U8', 'BF16', 'F8_E4M3', '__proto__'), fc.jsonValue()),
      shape: fc.oneof(fc.array(fc.oneof(fc.integer({ min: -2, max: 9 }), fc.double())), fc.jsonValue()),
      data_offsets: fc.oneof(fc.array(fc.integer({ min: -9, max: 40 }), { maxLength: 3 }), fc.jsonValue()),
    };
    const entry = fc.oneof(fc.record(fields, { requiredKeys: [] }), fc.jsonValue());
    const header = fc.oneof(
      fc.dictionary(fc.oneof(names, fc.constantFrom('__metadata__')), entry),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(header, fc.nat(40), (json, dataBytes) => {
        try {
          decodeSafetensors(fileOf(JSON.stringify(json), dataBytes));
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
      { numRuns: 3000, seed: 7 },
    );
  });
});

describe('values that cannot be written', () => {
  const write = (name: string, tensor: unknown, metadata?: Record<string, string>) => () =>
    encodeSafetensors(new Map([[name, tensor as SafetensorsTensor]]), metadata);
  const data = new Float32Array(4);

  test.each([
    [
      'a shape that does not fit the data',
      write('w', { dtype: 'F32', shape: [3], data }),
      /has 3 elements, but the data has 4/,
    ],
    ['a negative side', write('w', { dtype: 'F32', shape: [-4], data }), /non-negative integers/],
    ['an unknown dtype', write('w', { dtype: 'F8', shape: [4], data }), /unknown dtype \(got F8/],
    [
      'the wrong array',
      write('w', { dtype: 'F16', shape: [4], data }),
      /wrong array for F16 \(got Float32Array, expected Uint16Array/,
    ],
    ['a reserved name', write('__metadata__', { dtype: 'F32', shape: [4], data }), /reserved/],
    [
      'metadata of numbers',
      write('w', { dtype: 'F32', shape: [4], data }, { a: 1 as unknown as string }),
      /expected a string/,
    ],
  ])('%s', (_, action, message) => {
    expect(action).toThrow(SafetensorsError);
    expect(action).toThrow(message);
  });
});

describe('half precision', () => {
  test('every half-precision number survives a round trip', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const back = toFloat16(fromFloat16(halves));
    for (let bits = 0; bits < 65536; bits++) {
      const isNaNBits = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
      if (isNaNBits) expect(Number.isNaN(fromFloat16(back.slice(bits, bits + 1))[0])).toBe(true);
      else if (back[bits] !== bits) expect(back[bits]).toBe(bits);
    }
  });

  test('known values', () => {
    const values = new Float32Array([
      0,
      -0,
      1,
      -2,
      65504,
      65519,
      65520,
      2 ** -24,
      2 ** -25,
      1.5 * 2 ** -25,
      1 / 3,
    ]);
    expect([...toFloat16(values)]).toEqual([
      0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 1, 0, 1, 0x3555,
    ]);
    expect([...toFloat16(new Float32Array([Infinity, -Infinity]))]).toEqual([0x7c00, 0xfc00]);
  });

  test('rounds to nearest, ties to even', () => {
    // The positive finite halves in order: the bits of each are its index.
    const halves = fromFloat16(Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits));
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65504, noNaN: true }), (value) => {
        const bits = toFloat16(new Float32Array([value]))[0]!;
        const error = Math.abs(halves[bits]! - value);
        for (const other of [bits - 1, bits + 1]) {
          const neighbor = halves[other];
          if (neighbor === undefined) continue;
          const otherError = Math.abs(neighbor - value);
          expect(error).toBeLessThanOrEqual(otherError);
          if (error === otherError) expect(bits % 2).toBe(0);
        }
        expect(toFloat16(new Float32Array([-value]))[0]).toBe(bits | 0x8000);
      }),
      { numRuns: 2000 },
    );
  });

  test('toFloat32 of every kind', () => {
    const read = (tensor: SafetensorsTensor) => [...toFloat32(tensor)];
    expect(read({ dtype: 'F16', shape: [1], data: new Uint16Array([0xc000]) })).toEqual([-2]);
    expect(read({ dtype: 'F64', shape: [1], data: new Float64Array([0.5]) })).toEqual([0.5]);
    expect(read({ dtype: 'I64', shape: [1], data: new BigInt64Array([-7n]) })).toEqual([-7]);
    expect(read({ dtype: 'U8', shape: [2], data: new Uint8Array([0, 255]) })).toEqual([0, 255]);
    const data = new Float32Array([3]);
    expect(toFloat32({ dtype: 'F32', shape: [1], data })).toBe(data);
  });
});

test('a header made of brackets is rejected within a second', () => {
  for (const [header, message] of [
    [`{"a":${'['.repeat(15e6)}${']'.repeat(15e6)}}`, 'nested deeper'],
    [`{"a":[${'[],'.repeat(5e6)}[]]}`, 'more brackets'],
    [`{"__metadata__":{"a":${'{"b":'.repeat(1e6)}1${'}'.repeat(1e6)}}}`, 'nested deeper'],
  ] as const) {
    const text = new TextEncoder().encode(header);
    const file = new Uint8Array(8 + text.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
    file.set(text, 8);
    const start = busy();
    expect(() => decodeSafetensors(file)).toThrow(message);
    expect(busy() - start).toBeLessThan(1000);
  }
});
