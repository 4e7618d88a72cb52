import { type Zippable, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { decodeTorch, decodeWeights, torchState, torchWeights } from '../../src/formats/index.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { busy } from '../support/busy.ts';
import * as files from './torch-checkpoints.ts';

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** The network's state dict in all fixtures: 0, 1, 2, ... through its parameters and buffers. */
const NET: [string, number[]][] = [
  ['body.0.weight', [0, 1, 2, 3]],
  ['body.0.bias', [4, 5]],
  ['body.1.weight', [6, 7]],
  ['body.1.bias', [8, 9]],
  ['body.1.running_mean', [10, 11]],
  ['body.1.running_var', [12, 13]],
  ['body.1.num_batches_tracked', [0]],
];

function expectNet(state: StateDict, prefix = '', added = 0): void {
  expect([...state].map(([name, { data }]) => [name, [...data]])).toEqual(
    NET.map(([name, values]) => [prefix + name, values.map((value) => value + added)]),
  );
}

/**
 * A file in the forms in which it may be passed: an array, a Buffer in Node's shared pool, a view at an odd offset, an
 * ArrayBuffer.
 */
function forms(bytes: Uint8Array): (ArrayBufferView | ArrayBuffer)[] {
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  const views: (ArrayBufferView | ArrayBuffer)[] = [
    bytes,
    larger.subarray(3),
    new DataView(larger.buffer, 3),
    bytes.slice().buffer,
  ];
  return 'Buffer' in globalThis ? [...views, Buffer.from(larger.buffer, 3)] : views;
}

describe.each([
  ['zip', 0],
  ['legacy', 1],
] as const)('checkpoints that PyTorch wrote: %s', (_, format) => {
  const read = (file: readonly [string, string], options = {}) =>
    torchWeights(decodeTorch(bytesOf(file[format])), options);

  test('entries that are not tensors are skipped and listed', () => {
    for (const form of forms(bytesOf(files.BESIDE[format]))) {
      const { state, key, skipped } = torchWeights(decodeTorch(form));
      expectNet(state);
      expect(key).toBe('state_dict');
      const what = new Map(skipped.map((entry) => [entry.path, entry.what]));
      expect(what.get('acc')).toBe('numpy.core.multiarray.scalar');
      expect(what.get('array')).toBe('numpy.ndarray');
      expect(what.get('args')).toBe('argparse.Namespace');
      expect(what.get('args.out')).toBe('pathlib.PurePosixPath');
      expect(what.get('helper')).toBe('__main__.Helper');
      expect(what.get('slots')).toBe('__main__.Slots');
      expect(what.get('function')).toBe('numpy.mean');
      expect(what.get('partial')).toBe('functools.partial');
      expect(what.get('device')).toBe('torch.device');
      expect(what.get('dtype')).toBe('torch.float32');
      expect(what.get('big')).toBe('a number');
      expect(what.get('rng')).toBe('a tensor [8]');
      expect(what.get('counter')).toBe('collections.Counter');
      expect(what.has('state_dict')).toBe(false);
    }
  });

  test('a score or a loss that is a tensor is not mistaken for the weights', () => {
    expectNet(read(files.BEST).state);
    const { state, key, skipped } = read(files.TUTORIAL);
    expectNet(state);
    expect(key).toBe('model_state_dict');
    expect(skipped).toEqual([
      { path: 'epoch', what: 'a number' },
      { path: 'optimizer_state_dict', what: 'a dict of 2 entries' },
      { path: 'loss', what: 'a tensor []' },
    ]);
    expect(decodeWeights(bytesOf(files.TUTORIAL[format]))).toMatchObject({ key, skipped, prefix: '' });
  });

  test('two copies of a network: an error that lists them, and a key', () => {
    expect(() => read(files.EMA)).toThrow(
      'it has several dicts of tensors: "model" (tensors: 7, first "body.0.weight"), "ema" (tensors: 7, ' +
        'first "body.0.weight"). Choose one by its key',
    );
    expectNet(read(files.EMA, { key: 'model' }).state);
    expectNet(decodeWeights(bytesOf(files.EMA[format]), { key: 'model' }).state);
    const averaged = read(files.EMA, { key: 'ema' }).state;
    expect([...averaged.get('body.0.weight')!.data]).toEqual([1, 2, 3, 4]);
    expect(() => read(files.EMA, { key: 'emma' })).toThrow('no dict of tensors "emma"; it has "model"');
  });

  test('PyTorch Lightning, with its own prefix', () => {
    const { state, key } = read(files.LIGHTNING);
    expect(key).toBe('state_dict');
    expectNet(state, 'backbone.');
    expectNet(read(files.LIGHTNING, { stripPrefix: 'backbone.' }).state);
    expect(() => read(files.LIGHTNING, { stripPrefix: 'model.' })).toThrow(
      'no name of "state_dict" begins with "model." (the first is "backbone.body.0.weight")',
    );
  });

  test('a whole module is read as its state dict, without non-persistent buffers', () => {
    const { state, key } = read(files.MODULE);
    expect(key).toBe('.');
    state.get('body.1.num_batches_tracked')!.data.fill(0);
    expectNet(state);
  });

  test('below other dicts, in a subclass of OrderedDict, under two wrappers; in a list', () => {
    const { state, key, prefix } = read(files.NESTED);
    expectNet(state);
    expect([key, prefix]).toEqual(['run.last.net', '_orig_mod.module.']);
    expectNet(read(files.NESTED, { key: 'net' }).state);
    expectNet(read(files.NESTED, { stripPrefix: false }).state, '_orig_mod.module.');
    expectNet(read(files.LIST).state);
    expectNet(read(files.LIST, { key: '0' }).state);
  });

  test("an optimizer's state is not a network", () => {
    expect(() => read(files.OPTIMIZER)).toThrow("an optimizer's state, not a network's weights");
  });

  test('every type, view and stride; complex and sparse tensors are skipped by name', () => {
    const { state, skipped } = read(files.DTYPES);
    const of = (name: string) => [...state.get(name)!.data];
    expect(of('turned')).toEqual([
      0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23,
    ]);
    expect(of('part')).toEqual([5, 6, 7, 8]);
    expect(of('stepped')).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
    expect(of('moved').slice(0, 6)).toEqual([0, 4, 8, 12, 16, 20]);
    expect([state.get('scalar')!.shape, of('scalar')]).toEqual([[], [3.5]]);
    expect([state.get('empty')!.shape, of('empty')]).toEqual([[0, 3], []]);
    expect(of('half')).toEqual([3, 4, 5, 6]);
    expect(of('brain')).toEqual([1, 2]);
    expect(of('double')).toEqual([2, 3]);
    expect([of('long'), of('int'), of('short'), of('byte')]).toEqual([
      [0, 1, 2],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(of('char')).toEqual([0, -1]);
    expect(of('bool')).toEqual([0, 0, 1, 1]);
    expect(of('expanded')).toEqual([1, 1, 1, 1]);
    expect(of('overlapping')).toEqual([0, 1, 1, 2]);
    expect(of('special')).toEqual([Number.NaN, Number.POSITIVE_INFINITY, -0]);
    expect(of('after')).toEqual([22, 23]);
    expect(state.has('complex') || state.has('sparse')).toBe(false);
    expect(skipped).toContainEqual({ path: 'complex', what: 'a tensor of torch.ComplexFloatStorage' });
    expect(skipped).toContainEqual({ path: 'sparse', what: 'torch._utils._rebuild_sparse_tensor' });
  });
});

// Pickles by hand: each function returns the instructions of a value.
const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const four = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)];
const text = (value: string) => [0x58, ...four(value.length), ...utf8(value)];
const int = (value: number) => [0x4a, ...four(value)];
const tuple = (...items: number[][]) => [0x28, ...items.flat(), 0x74];
const global = (module: string, name: string) => [0x63, ...utf8(`${module}\n${name}\n`)];
const put = (index: number) => [0x72, ...four(index)];
const get = (index: number) => [0x6a, ...four(index)];
const dict = (...items: number[][]) => [0x7d, 0x28, ...items.flat(), 0x75];
const storage = (key: string, length: number) => [
  ...tuple(text('storage'), global('torch', 'FloatStorage'), text(key), text('cpu'), int(length)),
  0x51,
];
const tensor = (held: number[], shape: number[], strides: number[]) => [
  ...global('torch._utils', '_rebuild_tensor_v2'),
  ...tuple(held, int(0), tuple(...shape.map(int)), tuple(...strides.map(int))),
  0x52,
];
const vector = (key: string, length: number) => tensor(storage(key, length), [length], [1]);

function fileOf(
  value: readonly number[],
  storages: Record<string, Uint8Array> = { 0: new Uint8Array(16) },
): Uint8Array {
  const entries: Zippable = { 'a/data.pkl': Uint8Array.from([0x80, 2, ...value, 0x2e]) };
  for (const [key, bytes] of Object.entries(storages)) entries[`a/data/${key}`] = bytes;
  return zipSync(entries, { level: 0 });
}

const stateIn = (file: Uint8Array) => torchState(decodeTorch(file));

describe('the choice of the dict', () => {
  const four4 = () => vector('0', 4);
  test('names of inherited properties are ordinary names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0'];
    const state = stateIn(fileOf(dict(...names.flatMap((name) => [text(name), four4()]))));
    expect([...state.keys()]).toEqual(names);
    const nested = fileOf(dict(text('constructor'), int(1), text('__proto__'), dict(text('w'), four4())));
    expect([...stateIn(nested).keys()]).toEqual(['w']);
    expect([...torchState(decodeTorch(nested), '__proto__').keys()]).toEqual(['w']);
  });

  test('tensors at the top next to a dict of tensors with an unusual name are ambiguous', () => {
    const both = fileOf(dict(text('centers'), four4(), text('mine'), dict(text('w'), four4())));
    expect(() => stateIn(both)).toThrow(/several dicts of tensors: "\." .*, "mine"/);
    expect([...torchState(decodeTorch(both), { key: '.' }).keys()]).toEqual(['centers']);
    expect([...torchState(decodeTorch(both), { key: 'mine' }).keys()]).toEqual(['w']);
    const dotted = dict(text('a.weight'), four4(), text('extra'), dict(text('w'), four4()));
    expect([...stateIn(fileOf(dotted)).keys()]).toEqual(['a.weight']);
  });

  test('a usual name whose tensors do not look like a network, next to one whose tensors do', () => {
    const file = fileOf(
      dict(text('params'), dict(text('lr'), four4()), text('mine'), dict(text('a.weight'), four4())),
    );
    expect(() => stateIn(file)).toThrow(/several dicts of tensors: "params" .*, "mine"/);
  });

  test('a dict of single numbers is used only if there is nothing else', () => {
    const single = () => tensor(storage('0', 4), [], []);
    expect([...stateIn(fileOf(dict(text('temperature'), single()))).keys()]).toEqual(['temperature']);
    const file = fileOf(
      dict(text('scores'), dict(text('f1'), single()), text('mine'), dict(text('w'), four4())),
    );
    expect([...stateIn(file).keys()]).toEqual(['w']);
  });

  test('a prefix omits and lists entries without it', () => {
    const file = fileOf(dict(text('net.w'), four4(), text('head.w'), four4(), text('net.'), four4()));
    const { state, skipped } = torchWeights(decodeTorch(file), { stripPrefix: 'net.' });
    expect([...state.keys()]).toEqual(['w']);
    expect(skipped.map(({ path }) => path)).toEqual(['head.w', 'net.']);
  });
});

describe('files intended to exhaust memory or time are rejected within a second', () => {
  const refused = (file: Uint8Array, message: RegExp) => {
    const start = busy();
    const read = () => stateIn(file);
    expect(read).toThrow(message);
    expect(busy() - start).toBeLessThan(1000);
  };

  test('one list of pairs that is made into 50,000 dicts', () => {
    const pairs = Array.from({ length: 1000 }, (_, i) => [...tuple(text(`k${i}`), int(i)), 0x61]).flat();
    const made = [...get(0), ...get(1), 0x52];
    const many: number[] = [];
    for (let i = 0; i < 50_000; i++) many.push(...made, 0x30);
    const list = [0x5d, ...pairs];
    const file = fileOf([
      ...global('collections', 'OrderedDict'),
      ...put(0),
      0x30,
      ...list,
      0x85,
      ...put(1),
      0x30,
      ...many,
      0x4e,
    ]);
    refused(file, /creates far more than its .* bytes justify/);
  });

  test('lists in lists in lists, and a billion of them by reference', () => {
    refused(
      fileOf([...new Array(200_000).fill(0x5d), ...new Array(199_999).fill(0x61)]),
      /a list, not a state dict/,
    );
    const doubled: number[] = [0x5d];
    for (let i = 0; i < 60; i++) doubled.push(...put(i), ...get(i), 0x86);
    refused(fileOf(doubled), /a list, not a state dict/);
  });

  test('8,000 storages take time in proportion', () => {
    const timeOf = (length: number) => {
      const names = Array.from({ length }, (_, i) => String(i));
      const storages = Object.fromEntries(names.map((name) => [name, new Uint8Array(4)]));
      const file = fileOf(dict(...names.flatMap((name) => [text(name), vector(name, 1)])), storages);
      const start = busy();
      expect(stateIn(file).size).toBe(length);
      return busy() - start;
    };
    timeOf(1000); // compiles the code
    // eight times as many storages; if time were quadratic, it would be 64 times as long
    expect(timeOf(8000)).toBeLessThan(300 + 24 * timeOf(1000));
  });

  test('one storage that ten thousand tensors copy', () => {
    const held = storage('0', 10_000);
    const turned = tensor([...get(0)], [100, 100], [1, 100]);
    const many = Array.from({ length: 10_000 }, (_, i) => [...text(`t${i}`), ...turned]);
    const file = fileOf([...held, ...put(0), 0x30, ...dict(...many)], { 0: new Uint8Array(40_000) });
    refused(file, /10000 tensors have 100000000 elements, but only 10000 are stored/);
  });

  test('overlapping entries of an archive', () => {
    const size = 100_000;
    const file = fileOf(dict(text('a'), vector('0', size / 4), text('b'), vector('1', size / 4)), {
      0: new Uint8Array(size),
      1: new Uint8Array(size),
    });
    // the third entry of the table of contents begins where the second does
    const view = new DataView(file.buffer);
    const entries: number[] = [];
    for (let at = 0; at < file.length - 4; at++)
      if (view.getUint32(at, true) === 0x02014b50) entries.push(at);
    const shared = file.slice();
    const first = new DataView(shared.buffer).getUint32(entries[1]! + 42, true);
    new DataView(shared.buffer).setUint32(entries[2]! + 42, first, true);
    refused(shared, /the header of "a\/data\/1" differs from the table of contents/);
    const many = dict(
      ...Array.from({ length: 30 }, (_, i) => [text(`n${i}`), vector(String(i), size / 4)]).flat(),
    );
    const one = {
      0: new Uint8Array(size),
      ...Object.fromEntries(Array.from({ length: 29 }, (_, i) => [i + 1, new Uint8Array(4)])),
    };
    const bomb = fileOf(many, one);
    const target = new DataView(bomb.buffer);
    let begin = 0;
    for (let at = 0; at < bomb.length - 4; at++) {
      if (target.getUint32(at, true) !== 0x02014b50) continue;
      const name = new TextDecoder().decode(
        bomb.subarray(at + 46, at + 46 + target.getUint16(at + 28, true)),
      );
      if (name === 'a/data/0') begin = target.getUint32(at + 42, true);
      else if (name.startsWith('a/data/')) {
        for (const field of [20, 24]) target.setUint32(at + field, size, true);
        target.setUint32(at + 16, 0, true);
        target.setUint32(at + 42, begin, true);
      }
    }
    refused(bomb, /the header of "a\/data\/\d+" differs from the table of contents/);
  });

  test('modules that contain themselves and each other', () => {
    const object = [...global('m', 'Net'), 0x29, 0x81];
    const part = (name: string, value: number[]) => [...text(name), ...value];
    const state = dict(
      part('_parameters', dict()),
      part('_buffers', dict()),
      part('_modules', dict(text('a'), get(0), text('b'), get(0))),
    );
    refused(fileOf([...object, ...put(0), ...state, 0x62]), /no dict of tensors/);
  });
});

test('other bytes are rejected with advice', () => {
  const wrong = (value: unknown) => () => decodeWeights(value as Uint8Array);
  expect(wrong(Promise.resolve(new Uint8Array(3)))).toThrow('got Promise, expected a Uint8Array');
  expect(wrong(new Blob([]))).toThrow('Pass new Uint8Array(await it.arrayBuffer())');
  expect(wrong('weights.pth')).toThrow('decodeWeights: the bytes are not binary data (got String');
});
