import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { expand } from '../../src/tensor/ops/broadcast.ts';
import { concat } from '../../src/tensor/ops/concat.ts';
import { pad } from '../../src/tensor/ops/pad.ts';
import { mT, permute, transpose } from '../../src/tensor/ops/permute.ts';
import { flatten, reshape } from '../../src/tensor/ops/reshape.ts';
import { slice } from '../../src/tensor/ops/slice.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import * as nd from '../reference/array.ts';
import { broadcastOffsets } from '../reference/broadcast.ts';
import * as reference from '../reference/ops/shape.ts';
import { checkAgainstReference } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

/** Moving data causes no rounding errors. */
const check = async (
  shapes: number[][],
  run: (inputs: Tensor[]) => Tensor,
  expected: (inputs: nd.NdArray[]) => nd.NdArray,
) =>
  checkAgainstReference(await testDevice(), {
    inputs: shapes.map((shape, i) => nd.random(shape, 50 + i)),
    run,
    reference: expected,
    rtol: 0,
    atol: 1e-6,
  });

const shapeOf = (maxLength: number) => fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength });
const runs = { numRuns: 8, seed: 11 };

describe('permute', () => {
  test.each([
    [[], []],
    [[3], [0]],
    [
      [3, 5],
      [1, 0],
    ],
    [
      [2, 3, 15],
      [2, 0, 1],
    ],
    [
      [2, 3, 4, 21],
      [0, 3, 1, 2],
    ],
    [
      [2, 1, 3, 2, 4],
      [-1, 0, -2, 1, 2],
    ],
  ])('of [%s] by [%s]', (shape, axes) =>
    check(
      [shape],
      ([x]) => permute(x!, axes),
      ([x]) => reference.permute(x!, axes),
    ),
  );

  test('of random shapes', () =>
    fc.assert(
      fc.asyncProperty(
        shapeOf(5).chain((s) =>
          fc.tuple(fc.constant(s), fc.shuffledSubarray([...s.keys()], { minLength: s.length })),
        ),
        ([shape, axes]) =>
          check(
            [shape],
            ([x]) => permute(x!, axes),
            ([x]) => reference.permute(x!, axes),
          ),
      ),
      runs,
    ));

  test('mT swaps the last two axes', () =>
    check(
      [[2, 3, 7]],
      ([x]) => mT(x!),
      ([x]) => reference.permute(x!, [0, 2, 1]),
    ));

  test.each([
    [0, 2, [2, 1, 0]],
    [-1, 1, [0, 2, 1]],
    [1, 1, [0, 1, 2]],
  ])('transpose swaps axes %i and %i', (dim0, dim1, order) =>
    check(
      [[2, 3, 7]],
      ([x]) => transpose(x!, dim0, dim1),
      ([x]) => reference.permute(x!, order),
    ),
  );

  test('errors', async () => {
    const x = tensor(await testDevice(), [[1, 2]]);
    expect(() => permute(x, [0, 0])).toThrow(/expected each of the 2 axes/);
    expect(() => permute(x, [0])).toThrow(/expected each of the 2 axes/);
    expect(() => mT(reshape(x, [2]))).toThrow(/at least two/);
    expect(() => transpose(x, 0, 2)).toThrow(/transpose: axis: got 2/);
  });
});

describe('slice', () => {
  test.each([
    [[5], [1], [4], undefined],
    [[5], [-3], [-1], undefined],
    [[7], [1], [7], [3]],
    [
      [4, 15],
      [1, 0],
      [3, 15],
      [1, 2],
    ],
    [
      [2, 5, 6, 21],
      [0, 1, 0, 4],
      [2, 4, 6, 20],
      [1, 2, 5, 3],
    ],
    [[2, 2, 3, 2, 3], [1, 0, 0, 1, 0], [2, 2, 3, 2, 2], undefined],
  ])('of [%s] from [%s] to [%s] by %s', (shape, begin, end, step) => {
    const front = (list: number[]) => list.map((v, axis) => (v < 0 ? v + shape[axis]! : v));
    return check(
      [shape],
      ([x]) => slice(x!, begin, end, step),
      ([x]) => reference.slice(x!, front(begin), front(end), step),
    );
  });

  test('of random boxes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 4 }), fc.nat(2), fc.integer({ min: 1, max: 3 })),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        (axes) => {
          const begin = axes.map(([first]) => first);
          const end = axes.map(([first, length]) => first + length);
          const step = axes.map(([, , , by]) => by);
          const shape = axes.map(([first, length, rest]) => first + length + rest);
          return check(
            [shape],
            ([x]) => slice(x!, begin, end, step),
            ([x]) => reference.slice(x!, begin, end, step),
          );
        },
      ),
      runs,
    ));

  test('errors', async () => {
    const x = tensor(await testDevice(), [[1, 2, 3]]);
    expect(() => slice(x, [0, 2], [1, 2])).toThrow(/axis 1 of \[1, 3\]/);
    expect(() => slice(x, [0, 0], [1, 4])).toThrow(/axis 1/);
    expect(() => slice(x, [0, 0], [1, 3], [1, 0])).toThrow(/axis 1/);
    expect(() => slice(x, [0], [1])).toThrow(/expected 2 numbers each/);
  });
});

describe('concat', () => {
  test.each([
    [[[3], [4], [1]], 0],
    [[[2, 3]], 1],
    [
      [
        [2, 3],
        [2, 15],
      ],
      -1,
    ],
    [
      [
        [1, 2, 3],
        [5, 2, 3],
      ],
      0,
    ],
    [
      [
        [2, 2, 3, 21],
        [2, 1, 3, 21],
      ],
      1,
    ],
    [
      [
        [2, 1, 2, 3, 2],
        [2, 1, 2, 1, 2],
        [2, 1, 2, 2, 2],
      ],
      3,
    ],
  ] as [number[][], number][])('of %j along %i', (shapes, axis) =>
    check(
      shapes,
      (xs) => concat(xs, axis),
      (xs) => reference.concat(xs, axis),
    ),
  );

  test('of random shapes', () =>
    fc.assert(
      fc.asyncProperty(
        shapeOf(4).chain((s) =>
          fc.tuple(
            fc.constant(s),
            fc.nat(s.length - 1),
            fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
          ),
        ),
        ([shape, axis, sizes]) =>
          check(
            sizes.map((size) => shape.map((n, i) => (i === axis ? size : n))),
            (xs) => concat(xs, axis),
            (xs) => reference.concat(xs, axis),
          ),
      ),
      runs,
    ));

  test('of one tensor twice', async () => {
    const device = await testDevice();
    const x = tensor(device, [1, 2], { requiresGrad: true });
    backward(concat([x, x], 0), { gradient: tensor(device, [1, 2, 10, 20]) });
    expect([...(await x.grad!.data())]).toEqual([11, 22]);
  });

  test('errors', async () => {
    const device = await testDevice();
    expect(() => concat([], 0)).toThrow(/got \[\], expected an array with at least one tensor/);
    expect(() => concat([tensor(device, [[1, 2]]), tensor(device, [[1], [2]])], 1)).toThrow(
      /tensor 1 is f32 \[2, 1\]/,
    );
  });
});

describe('pad', () => {
  type Amounts = [number, number][];
  test.each([
    [[], [], 2],
    [[3], [[1, 2]], 0],
    [
      [3, 15],
      [
        [0, 0],
        [0, 1],
      ],
      -1.5,
    ],
    [
      [2, 3, 4, 5],
      [
        [0, 0],
        [1, 1],
        [2, 1],
        [0, 0],
      ],
      0,
    ],
    [
      [1, 2, 1, 2, 3],
      [
        [1, 0],
        [0, 1],
        [2, 0],
        [0, 0],
        [1, 1],
      ],
      4,
    ],
  ] as [number[], Amounts, number][])('of [%s] by %j with %f', (shape, amounts, value) =>
    check(
      [shape],
      ([x]) => pad(x!, amounts, value),
      ([x]) => reference.pad(x!, amounts, value),
    ),
  );

  test('of random shapes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3), fc.nat(3)), {
          minLength: 1,
          maxLength: 4,
        }),
        (axes) => {
          const amounts = axes.map(([, before, after]): [number, number] => [before, after]);
          const shape = axes.map(([n]) => n);
          return check(
            [shape],
            ([x]) => pad(x!, amounts, 3),
            ([x]) => reference.pad(x!, amounts, 3),
          );
        },
      ),
      runs,
    ));

  test('errors', async () => {
    const x = tensor(await testDevice(), [1, 2]);
    expect(() => pad(x, [])).toThrow(/got \[\] for shape \[2\]/);
    expect(() => pad(x, [[-1, 0]])).toThrow(/pad: axis 0: got/);
  });
});

describe('expand', () => {
  test.each([
    [[], [3, 2]],
    [[5], [5]],
    [
      [1, 15],
      [4, 15],
    ],
    [
      [3, 1],
      [2, 3, 7],
    ],
    [
      [2, 1, 3, 1],
      [5, 2, 2, 3, 2],
    ],
  ])('of [%s] to [%s]', (from, to) =>
    check(
      [from],
      ([x]) => expand(x!, to),
      ([x]) =>
        nd.from(
          to,
          Array.from(broadcastOffsets(from, to), (i) => x!.data[i]!),
        ),
    ),
  );

  test('to its own shape is a separate handle', async () => {
    const x = tensor(await testDevice(), [1, 2]);
    expand(x, [2]).dispose();
    expect([...(await x.data())]).toEqual([1, 2]);
    expect(() => expand(x, [3])).toThrow(/do not broadcast/);
  });
});

test.each([
  [
    [2, 3, 4],
    [6, -1],
    [6, 4],
  ],
  [[1], [], []],
  [[6], [1, 2, 3], [1, 2, 3]],
])('reshape of [%s] to [%s]', (from, to, expected) =>
  check(
    [from],
    ([x]) => reshape(x!, to),
    ([x]) => nd.reshape(x!, expected),
  ),
);

test('flatten and its errors', async () => {
  const device = await testDevice();
  const x = tensor(device, new Float32Array(24), { shape: [2, 3, 4] });
  expect(flatten(x).shape).toEqual([2, 12]);
  expect(() => reshape(x, [5, -1])).toThrow(/do not fit \[5, -1\]/);
  expect(() => reshape(x, [-1, -1])).toThrow(/reshape/);
});

test.each([Uint32Array, Int32Array])('%o keeps its bits', async (array) => {
  const device = await testDevice();
  const x = tensor(device, array.from([1, 4000000000, -3, 4, 5, 6]), { shape: [2, 3] });
  const values = await x.data();
  const at = (...places: number[]) => places.map((i) => values[i]);
  const moved = [
    mT(x),
    slice(x, [0, 1], [2, 3]),
    concat([x, x], 1),
    pad(
      x,
      [
        [0, 0],
        [1, 0],
      ],
      7,
    ),
  ];
  const [turned, cut, joined, padded] = await Promise.all(moved.map(async (y) => [...(await y.data())]));
  expect(moved.map((y) => y.dtype)).toEqual(moved.map(() => x.dtype));
  expect(turned).toEqual(at(0, 3, 1, 4, 2, 5));
  expect(cut).toEqual(at(1, 2, 4, 5));
  expect(joined).toEqual(at(0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5));
  expect(padded).toEqual([7, ...at(0, 1, 2), 7, ...at(3, 4, 5)]);
});
