import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import * as compareOps from '../../src/tensor/ops/compare.ts';
import { where } from '../../src/tensor/ops/where.ts';
import { map, type NdArray, random } from '../reference/array.ts';
import * as reference from '../reference/ops/binary.ts';
import { checkAgainstReference } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const comparisons = [
  [compareOps.equal, 'eq'],
  [compareOps.notEqual, 'ne'],
  [compareOps.less, 'lt'],
  [compareOps.lessEqual, 'le'],
  [compareOps.greater, 'gt'],
  [compareOps.greaterEqual, 'ge'],
] as const;
const shapes: [number[], number[]][] = [
  [[], []],
  [[9], []],
  [
    [3, 5],
    [3, 5],
  ],
  [
    [3, 1, 15],
    [4, 1],
  ],
  [
    [1, 2, 1, 3, 2],
    [2, 2, 1, 1],
  ],
];
const types = ['f32', 'u32', 'i32'] as const;
/** Few distinct integers, so that some are equal. */
const whole = (shape: number[], seed: number, low: number) =>
  map(random(shape, seed, low, low + 4), Math.floor);

describe.each(comparisons)('%o', (op, name) => {
  test.each(types)('of %s', async (dtype) => {
    const device = await testDevice();
    for (const [a, b] of shapes) {
      const low = dtype === 'u32' ? 0 : -2;
      const [p, q] = [whole(a, 1, low), whole(b, 2, low)];
      const make = (x: NdArray) => tensor(device, Float32Array.from(x.data), { shape: x.shape, dtype });
      const y = op(make(p), make(q));
      const expected = reference.compare(name, p, q);
      expect(y.dtype).toBe('u32');
      expect(y.shape).toEqual(expected.shape);
      expect([...(await y.data())]).toEqual([...expected.data]);
    }
  });
});

test('large unsigned and negative signed numbers compare by their type', async () => {
  const device = await testDevice();
  const u = compareOps.less(tensor(device, new Uint32Array([4e9])), 1);
  const i = compareOps.less(tensor(device, new Int32Array([-5])), 1);
  expect([await u.item(), await i.item()]).toEqual([0, 1]);
});

describe('where', () => {
  const triples = [
    [[], [], []],
    [[7], [7], [7]],
    [[3, 1], [3, 5], [5]],
    [[], [2, 3, 15], []],
    [
      [2, 1, 4],
      [3, 1],
      [1, 1, 1, 1],
    ],
    [[2, 1, 3, 1, 2], [1], [2, 2, 3, 1, 1]],
  ];
  test.each(triples)('of shapes [%s], [%s] and [%s]', async (c, a, b) => {
    const device = await testDevice();
    const condition = map(random(c, 3), (v) => (v > 0 ? 7 : 0));
    await checkAgainstReference(device, {
      inputs: [random(a, 4), random(b, 5)],
      run: ([p, q]) => where(tensor(device, Uint32Array.from(condition.data), { shape: c }), p!, q!),
      reference: ([p, q]) => reference.where(condition, p!, q!),
    });
  });

  test('of integers and numbers', async () => {
    const device = await testDevice();
    const condition = tensor(device, new Uint32Array([0, 1, 1]));
    const y = where(condition, tensor(device, new Int32Array([-1, -2, -3])), 9);
    expect(y.dtype).toBe('i32');
    expect([...(await y.data())]).toEqual([9, -2, -3]);
    expect([...(await where(condition, 1.5, -1).data())]).toEqual([-1, 1.5, 1.5]);
    expect(() => where(tensor(device, [1, 0]), 1, 2)).toThrow(/condition is f32, expected u32/);
  });
});

describe('cast', () => {
  const values = [-2.75, -1, 0, 0.99, 1, 7.5, 1000];
  test.each(types)('from %s to every type', async (source) => {
    const device = await testDevice();
    const arrays = { f32: Float32Array, u32: Uint32Array, i32: Int32Array };
    const usable = values.filter((v) => v >= 0 || source !== 'u32');
    const x = tensor(device, arrays[source].from(usable), { shape: [1, usable.length] });
    const data = [...(await x.data())];
    for (const target of types) {
      const y = cast(x, target);
      expect([y.dtype, y.shape]).toEqual([target, x.shape]);
      const got = [...(await y.data())];
      const kept = data.map((v) => (source === 'f32' && target === 'u32' ? Math.max(0, v) : v));
      // a negative i32 keeps its bits as u32, as in WGSL
      const expected = target === 'f32' ? kept : [...arrays[target].from(kept.map(Math.trunc))];
      expect(got).toEqual(expected);
    }
  });

  test('to its own type keeps the tape', async () => {
    const device = await testDevice();
    const x = tensor(device, [1, 2], { requiresGrad: true });
    backward(cast(x, 'f32'), { gradient: tensor(device, [3, 4]) });
    expect([...(await x.grad!.data())]).toEqual([3, 4]);
    expect(cast(x, 'i32').requiresGrad).toBe(false);
  });
});
