import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { argMax, argMin, max, mean, min } from '../../src/tensor/ops/reduce.ts';
import { prod } from '../../src/tensor/ops/scan.ts';
import { map, type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/reduce.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const ops = { sum, mean, max, min, prod };
const names = Object.keys(ops) as (keyof typeof ops)[];

const cases: [number[], number | number[] | undefined][] = [
  [[], undefined],
  [[1], 0],
  [[7], undefined],
  [[3, 5], 0],
  [[3, 5], -1],
  [[3, 5], []],
  [
    [2, 3, 15],
    [0, 1],
  ],
  [
    [2, 3, 15],
    [0, 2],
  ],
  [
    [2, 3, 4, 21],
    [1, 2],
  ],
  [
    [2, 3, 4, 5],
    [3, 1],
  ],
  [
    [2, 3, 2, 3, 2],
    [0, 2, 4],
  ],
  [[2, 3, 2, 3, 2], undefined],
];

describe.each(names)('%s', (name) => {
  const check = async (
    shape: number[],
    axes: number | number[] | undefined,
    keepDims: boolean,
    seed: number,
  ) => {
    const list = typeof axes === 'number' ? [axes] : axes;
    const options = { keepdims: keepDims, ...(list && { axes: list }) };
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, seed)],
      run: ([x]) => ops[name](x!, axes, keepDims),
      reference: ([x]) => reference[name](x!, options),
    });
  };

  test.each(cases)('of [%s] over %s', async (shape, axes) => {
    await check(shape, axes, false, 21);
    await check(shape, axes, true, 22);
  });

  test('of random shapes and axes', async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
    const input = shapes.chain((shape) =>
      fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, axis) => axis)), fc.boolean(), fc.nat(999)),
    );
    await fc.assert(
      fc.asyncProperty(input, ([shape, axes, keepDims, seed]) => check(shape, axes, keepDims, seed)),
      { numRuns: 6, seed: 7 },
    );
  });

  test.each([
    [[257], undefined],
    [[100003], undefined],
    [[3, 1031, 5], 1],
    [
      [70, 2, 71],
      [0, 2],
    ],
  ] as [number[], number[] | undefined][])('of the long [%s] over %s', async (shape, axes) => {
    const x = random(shape, 31);
    const y = ops[name](onDevice(await testDevice(), x), axes);
    const list = typeof axes === 'number' ? [axes] : axes;
    const expected = reference[name](x, list ? { axes: list } : {});
    const first = await y.data();
    expectClose(first, expected, { rtol: 1e-5, atol: 2e-4 });
    const again = await ops[name](onDevice(await testDevice(), x), axes).data();
    expect(again).toEqual(first);
  });
});

test.each([max, min])('equal extrema share the gradient', async (op) => {
  const device = await testDevice();
  const x = tensor(
    device,
    [
      [1, 1, 1, 1],
      [2, 2, 3, 3],
    ],
    { requiresGrad: true },
  );
  backward(op(x, 1), { gradient: tensor(device, [8, 4]) });
  const second = op === max ? [0, 0, 2, 2] : [2, 2, 0, 0];
  expect([...(await x.grad!.data())]).toEqual([2, 2, 2, 2, ...second]);
});

test.each(names)('%s of NaN is NaN', async (name) => {
  const device = await testDevice();
  for (const place of [0, 1, 2]) {
    const values = [1, -2, 3];
    values[place] = Number.NaN;
    expect(await ops[name](tensor(device, values)).item()).toBeNaN();
  }
});

describe.each([
  ['argMax', argMax, reference.argmax],
  ['argMin', argMin, reference.argmin],
] as const)('%s', (_, op, expectedOf) => {
  const few = (shape: number[]): NdArray => map(random(shape, 41, 0, 4), Math.floor);
  test.each([
    [[1], 0],
    [[9], -1],
    [[3, 15], 0],
    [[3, 15], 1],
    [[2, 3, 4, 21], 1],
    [[2, 2, 3, 2, 5], -2],
    [[2, 1000], 1],
  ] as [number[], number][])('of [%s] along %i, the first of equals', async (shape, axis) => {
    const device = await testDevice();
    const x = few(shape);
    for (const keepDims of [false, true]) {
      const y = op(onDevice(device, x), axis, keepDims);
      const expected = expectedOf(x, axis, keepDims);
      expect(y.dtype).toBe('u32');
      expect(y.shape).toEqual(expected.shape);
      expect([...(await y.data())]).toEqual([...expected.data]);
    }
  });

  test('without an axis: of the flattened tensor', async () => {
    const device = await testDevice();
    const x = random([3, 4, 5], 5);
    const expected = expectedOf({ shape: [60], data: x.data }, 0).data[0];
    expect(await op(onDevice(device, x)).item()).toBe(expected);
    expect(op(onDevice(device, x), undefined, true).shape).toEqual([1, 1, 1]);
    expect(await op(tensor(device, 7)).item()).toBe(0);
    expect(await op(tensor(device, 7), -1).item()).toBe(0);
  });
});

test.each([
  ['i32', Int32Array.of(-7, 2147483647, 3, 0, -2, 5)],
  ['u32', Uint32Array.of(7, 4294967295, 3, 0, 2, 5)],
] as const)('sums, products and extremes of %s, which wrap at 32 bits', async (_, values) => {
  const device = await testDevice();
  const x = tensor(device, values, { shape: [2, 3] });
  const wrap = (list: number[]) => [
    ...(values instanceof Int32Array ? Int32Array : Uint32Array).from(list.map((v) => v | 0)),
  ];
  const [a, b] = [[...values.slice(0, 3)], [...values.slice(3)]] as [number[], number[]];
  const total = (list: number[]) => list.reduce((p, v) => (p + v) | 0, 0);
  const product = (list: number[]) => list.reduce((p, v) => Math.imul(p, v), 1);
  expect([...(await sum(x, 1).data())]).toEqual(wrap([total(a), total(b)]));
  expect([...(await prod(x, 1).data())]).toEqual(wrap([product(a), product(b)]));
  expect([...(await max(x, 1).data())]).toEqual([Math.max(...a), Math.max(...b)]);
  expect([...(await min(x, 1).data())]).toEqual([Math.min(...a), Math.min(...b)]);
  expect(sum(x).dtype).toBe(x.dtype);
  expect(await sum(tensor(device, new Int32Array(70_000).fill(3))).item()).toBe(210_000);
});

test('the gradient of a product with zeros', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    [
      [2, 0, 3],
      [0, 0, 3],
      [2, 5, 3],
    ],
    { requiresGrad: true },
  );
  backward(prod(x, 1), { gradient: tensor(device, [1, 1, 2]) });
  expect([...(await x.grad!.data())]).toEqual([0, 6, 0, 0, 0, 0, 30, 12, 20]);
});

test('errors name the axis and the type', async () => {
  const device = await testDevice();
  const x = tensor(device, [[1, 2]]);
  expect(() => sum(x, 2)).toThrow(/sum: axis: got 2 for a tensor of rank 2/);
  expect(() => mean(x, [0, -2])).toThrow(/mean: axes: got \[0,0\], in which an axis occurs twice/);
  expect(() => mean(tensor(device, new Uint32Array(3)))).toThrow(/mean: x: got a tensor of type u32/);
  expect(() => argMin(tensor(device, new Uint32Array(3)), 0)).toThrow(/argMin: x: got a tensor of type u32/);
  expect(() => argMin(x, 2)).toThrow(/argMin: axis: got 2 for a tensor of rank 2/);
});
