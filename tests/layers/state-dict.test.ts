import { describe, expect, test } from 'vitest';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { DepthwiseConv2d } from '../../src/layers/depthwise-conv2d.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { add } from '../../src/tensor/ops/binary.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { bitsOf } from '../support/bits.ts';
import { openDevice, testDevice } from '../support/device.ts';

const make = () =>
  new Sequential(
    new Conv2d(2, 3, [2, 1]),
    new DepthwiseConv2d(3, [1, 2], { bias: false }),
    new BatchNorm2d(3),
    new Dropout(),
    new Linear(3, 2),
  );

async function placed(seed = 1) {
  return make().to(await testDevice(), { seed });
}

const sequence = (length: number) => Float32Array.from({ length }, (_, i) => i);

describe('PyTorch names and layouts', () => {
  test('names, shapes, order', async () => {
    const module = await placed();
    const state = await module.stateDict();
    expect([...state].map(([name, { shape }]) => [name, shape])).toEqual([
      ['0.weight', [3, 2, 2, 1]],
      ['0.bias', [3]],
      ['1.weight', [3, 1, 1, 2]],
      ['2.weight', [3]],
      ['2.bias', [3]],
      ['4.weight', [2, 3]],
      ['4.bias', [2]],
      ['2.running_mean', [3]],
      ['2.running_var', [3]],
    ]);
    module.dispose();
  });

  test('axes are permuted on loading', async () => {
    const module = await placed();
    const state = await module.stateDict();
    // PyTorch's [out, in, kh, kw], element o i y x = 4 o + 2 i + y; ours is [kh, kw, in, out]
    state.set('0.weight', { shape: [3, 2, 2, 1], data: sequence(12) });
    // [C, 1, kh, kw] = 2 c + x; ours is [kh, kw, C]
    state.set('1.weight', { shape: [3, 1, 1, 2], data: sequence(6) });
    // [out, in] = 3 o + i; ours is [in, out]
    state.set('4.weight', { shape: [2, 3], data: sequence(6) });
    module.loadStateDict(state);
    const values = async (i: number) => [...(await module.modules[i]!.parameters()[0]!.value.data())];
    expect(await values(0)).toEqual([0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11]);
    expect(await values(1)).toEqual([0, 2, 4, 1, 3, 5]);
    expect(await values(4)).toEqual([0, 3, 1, 4, 2, 5]);
    const back = await module.stateDict();
    expect(back.get('0.weight')!.data).toEqual(sequence(12));
    expect(back.get('1.weight')!.data).toEqual(sequence(6));
    expect(back.get('4.weight')!.data).toEqual(sequence(6));
    module.dispose();
  });

  test('a round trip makes another module equal bit for bit', async () => {
    const [first, second] = [await placed(1), await placed(2)];
    second.loadStateDict(await first.stateDict());
    const flat = (module: Sequential) => bitsOf(module.arenas.parameters.flat);
    expect(await flat(second)).toEqual(await flat(first));
    expect(await second.stateDict()).toEqual(await first.stateDict());
    for (const module of [first, second]) module.dispose();
  });
});

describe('a state that does not fit', () => {
  async function failing(change: (state: StateDict) => void, options?: { strict?: boolean }) {
    const module = await placed();
    const before = await module.stateDict();
    // other values everywhere, so that any write would be visible
    const state: StateDict = new Map(
      [...before].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => v + 1) }]),
    );
    change(state);
    let message = 'nothing was thrown';
    try {
      module.loadStateDict(state, options);
    } catch (error) {
      message = (error as Error).message;
    }
    const after = await module.stateDict();
    module.dispose();
    return { message, state, before, after };
  }

  test('is rejected with every missing and unexpected key and every wrong shape, and nothing is written', async () => {
    const { message, before, after } = await failing((state) => {
      state.delete('0.bias');
      state.delete('2.running_var');
      state.set('4.weight', { shape: [3, 2], data: new Float32Array(6) });
      state.set('1.weight', { shape: [3, 1, 1, 2], data: new Float32Array(5) });
      state.set('7.weight', { shape: [1], data: new Float32Array(1) });
      state.set('head', { shape: [1], data: new Float32Array(1) });
    });
    expect(message.split('\n')).toEqual([
      'loadStateDict: the state does not fit this module (6 problems):',
      '  missing: 0.bias [3]',
      '  wrong shape: 1.weight holds 5 numbers, expected [3, 1, 1, 2]',
      '  wrong shape: 4.weight is [3, 2], expected [2, 3]',
      '  missing: 2.running_var [3]',
      '  unexpected: 7.weight',
      '  unexpected: head',
    ]);
    expect(after).toEqual(before);
  });

  test('with strict: false, entries that fit are loaded', async () => {
    const { message, state, before, after } = await failing(
      (state) => {
        state.delete('0.bias');
        state.set('head', { shape: [1], data: new Float32Array(1) });
      },
      { strict: false },
    );
    expect(message).toBe('nothing was thrown');
    expect(after.get('0.bias')).toEqual(before.get('0.bias'));
    expect(after.get('0.weight')).toEqual(state.get('0.weight'));
  });

  test('with strict: false, a wrong shape is still an error', async () => {
    const { message, before, after } = await failing(
      (state) => state.set('0.bias', { shape: [4], data: new Float32Array(4) }),
      { strict: false },
    );
    expect(message).toMatch(/\(1 problem\):\n {2}wrong shape: 0.bias is \[4\], expected \[3\]$/);
    expect(after).toEqual(before);
  });

  test('the batch counters of PyTorch are accepted', async () => {
    const { message, state, after } = await failing((state) =>
      state.set('2.num_batches_tracked', { shape: [], data: new Float32Array(1) }),
    );
    expect(message).toBe('nothing was thrown');
    expect(after.get('0.weight')).toEqual(state.get('0.weight'));
  });
});

describe('initial values that are overwritten before they are computed', () => {
  test('are not computed, and no kernel is compiled', async () => {
    using device = await openDevice();
    const module = make().to(device, { seed: 1 });
    const other = await placed(2);
    const state = await other.stateDict();
    module.loadStateDict(state);
    await device.sync();
    expect([device.stats.dispatches, device.stats.pipelinesCreated]).toEqual([0, 0]);
    expect(await module.stateDict()).toEqual(state);
    other.dispose();
  });

  test.each([
    ['all but one', (name: string) => name !== '4.weight'],
    ['biases', (name: string) => name.endsWith('bias')],
    ['statistics', (name: string) => name.includes('running')],
  ])('without strict, the rest has its initial values: %s', async (_, isGiven) => {
    const [first, second] = [await placed(1), await placed(1)];
    const initial = await first.stateDict();
    const expected: StateDict = new Map(
      [...initial].map(([name, { shape, data }]) => [
        name,
        { shape, data: isGiven(name) ? data.map((v) => v + 1) : data },
      ]),
    );
    second.loadStateDict(new Map([...expected].filter(([name]) => isGiven(name))), { strict: false });
    expect(await second.stateDict()).toEqual(expected);
    for (const module of [first, second]) module.dispose();
  });

  test('are computed if an operation recorded in between reads them', async () => {
    const [first, second] = [await placed(1), await placed(1)];
    const weight = (module: Sequential) => module.modules[0]!.parameters()[0]!.value;
    const copy = noGrad(() => add(weight(second), 0));
    second.loadStateDict(new Map([['0.weight', { shape: [3, 2, 2, 1], data: sequence(12) }]]), {
      strict: false,
    });
    expect(await bitsOf(copy)).toEqual(await bitsOf(weight(first)));
    for (const one of [first, second, copy]) one.dispose();
  });

  test('a state in which a value is not a number changes nothing', async () => {
    const [first, second] = [await placed(1), await placed(1)];
    const state = await first.stateDict();
    const broken: StateDict = new Map([...state, ['4.bias', { shape: [2], data: null as never }]]);
    expect(() => second.loadStateDict(broken)).toThrow('wrong shape: 4.bias');
    expect(await second.stateDict()).toEqual(state);
    for (const module of [first, second]) module.dispose();
  });
});
