// Ops along one axis: running sums, selection, indexing, splitting, softmax.
import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { concat } from '../../src/tensor/ops/concat.ts';
import { gather, scatterAdd } from '../../src/tensor/ops/gather-axis.ts';
import { cumsum } from '../../src/tensor/ops/scan.ts';
import { slice } from '../../src/tensor/ops/slice.ts';
import { logSoftmax, softmax } from '../../src/tensor/ops/softmax.ts';
import { argsort, sort } from '../../src/tensor/ops/sort.ts';
import { chunk, split, stack } from '../../src/tensor/ops/split.ts';
import { topk } from '../../src/tensor/ops/topk.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { from, map, type NdArray, random, reshape, type Shape } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/scan.ts';
import * as shapes from '../reference/ops/shape.ts';
import * as soft from '../reference/ops/softmax.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const check = async (
  inputs: NdArray[],
  run: (inputs: Tensor[]) => Tensor,
  expected: (inputs: NdArray[]) => NdArray,
  atol = 1e-5,
) => checkAgainstReference(await testDevice(), { inputs, run, reference: expected, atol });

const PLACES: [number[], number][] = [
  [[], 0],
  [[], -1],
  [[1], 0],
  [[7], -1],
  [[3, 5], 0],
  [[3, 5], 1],
  [[2, 3, 4, 5], 1],
  [[2, 3, 2, 1, 5], -3],
];

describe('cumsum', () => {
  test.each(PLACES)('of [%s] along %i', (shape, axis) =>
    check(
      [random(shape, 1)],
      ([x]) => cumsum(x!, axis),
      ([x]) => reference.cumsum(x!, axis),
    ),
  );

  test.each([
    [[257], 0],
    [[2, 70_001, 3], 1],
  ])('of the long [%s], twice the same bits', async (shape, axis) => {
    const device = await testDevice();
    const x = random(shape, 2);
    const run = async () => {
      const input = onDevice(device, x, true);
      const y = cumsum(input, axis);
      backward(y, { gradient: onDevice(device, x) });
      return [await y.data(), await input.grad!.data()];
    };
    const [y, dx] = (await run()) as [Float32Array, Float32Array];
    expectClose(y, reference.cumsum(x, axis), { rtol: 1e-4, atol: 1e-3 });
    const totals = reference.cumsum(x, axis);
    const suffix = map(x, () => 0);
    for (const line of reference.linesOf(shape, axis)) {
      for (const at of line) suffix.data[at] = totals.data[line.at(-1)!]! - totals.data[at]! + x.data[at]!;
    }
    expectClose(dx, suffix, { rtol: 1e-4, atol: 1e-3 });
    expect(await run()).toEqual([y, dx]);
  });

  test('of integers wraps at 32 bits', async () => {
    const device = await testDevice();
    const y = cumsum(tensor(device, Int32Array.of(2147483647, 1, -5)), 0);
    expect([...(await y.data())]).toEqual([2147483647, -2147483648, 2147483643]);
    const u = cumsum(tensor(device, Uint32Array.of(4294967295, 2)), 0);
    expect([...(await u.data())]).toEqual([4294967295, 1]);
  });
});

describe.each(['softmax', 'logSoftmax'] as const)('%s', (name) => {
  test.each(PLACES)('of [%s] along %i', (shape, axis) =>
    check(
      [random(shape, 3, -4, 4)],
      ([x]) => ({ softmax, logSoftmax })[name](x!, axis),
      ([x]) => {
        const y = map(x!, () => 0);
        for (const line of reference.linesOf(x!.shape, axis)) {
          const row = soft[name](
            from(
              [line.length],
              line.map((at) => x!.data[at]!),
            ),
          );
          line.forEach((at, l) => {
            y.data[at] = row.data[l]!;
          });
        }
        return y;
      },
      2e-5,
    ),
  );
});

describe('topk', () => {
  const few = (shape: Shape, seed: number) => map(random(shape, seed, 0, 5), Math.floor);
  test.each([
    [[], 1, 0],
    [[1], 1, 0],
    [[7], 3, -1],
    [[7], 7, 0],
    [[3, 5], 2, 0],
    [[2, 3, 4], 2, 1],
    [[2, 300, 2], 5, 1],
  ] as [number[], number, number][])('of [%s], %i along %i', async (shape, k, axis) => {
    const device = await testDevice();
    for (const largest of [true, false]) {
      for (const x of [random(shape, 4), few(shape, 5)]) {
        const { values, indices } = topk(onDevice(device, x), k, axis, largest);
        const expected = reference.topk(x, k, axis, largest);
        expect(indices.dtype).toBe('u32');
        expect([values.shape, indices.shape]).toEqual([expected.values.shape, expected.values.shape]);
        expect([...(await values.data())]).toEqual([...expected.values.data]);
        expect([...(await indices.data())]).toEqual([...expected.indices.data]);
      }
      // distinct values, so that a small step does not change the order
      await check(
        [random(shape, 4)],
        ([x]) => topk(x!, k, axis, largest).values,
        ([x]) => reference.topk(x!, k, axis, largest).values,
      );
    }
  });

  test('errors state what does not fit', async () => {
    const x = tensor(await testDevice(), [1, 2]);
    expect(() => topk(x, 3)).toThrow('topk: k: got 3, expected an integer from 1 to 2');
    expect(() => topk(x, 1, 1)).toThrow('topk: axis: got 1 for a tensor of rank 1');
    expect(() => topk(tensor(x.device, Int32Array.of(1)), 1)).toThrow('topk: x: got a tensor of type i32');
  });
});

describe('sort and argsort', () => {
  const few = (shape: Shape, seed: number) =>
    map(random(shape, seed, 0, 5), (v) => (v < 1 ? Number.NaN : v < 2 ? -0 : Math.floor(v) - 2));
  test.each([...PLACES, [[2, 300, 2], 1], [[4099], 0]] as [number[], number][])(
    'of [%s] along %i',
    async (shape, axis) => {
      const device = await testDevice();
      const length = shape.at(axis) ?? 1;
      for (const descending of [false, true]) {
        for (const x of [random(shape, 4), few(shape, 5)]) {
          const { values, indices } = sort(onDevice(device, x), axis, descending);
          const expected = reference.topk(x, length, axis, descending);
          expect([indices.dtype, values.shape, indices.shape]).toEqual(['u32', shape, shape]);
          expect([...(await values.data())]).toEqual([...expected.values.data]);
          expect([...(await indices.data())]).toEqual([...expected.indices.data]);
          expect(await argsort(onDevice(device, x), axis, descending).data()).toEqual(await indices.data());
        }
        if (length > 10) continue; // values so close that a small step changes the order
        await check(
          [random(shape, 4)],
          ([x]) => sort(x!, axis, descending).values,
          ([x]) => reference.topk(x!, length, axis, descending).values,
        );
      }
    },
  );

  test('the gradient of many values goes where each came from', async () => {
    const values = random([700], 6);
    const x = tensor(await testDevice(), Float32Array.from(values.data), { requiresGrad: true });
    const dy = Float32Array.from(values.data, (_, i) => i);
    backward(sort(x, 0, true).values, { gradient: tensor(x.device, dy) });
    const { indices } = reference.topk(values, 700, 0);
    const expected = new Float32Array(700);
    dy.forEach((value, i) => {
      expected[indices.data[i]!] = value;
    });
    expect(await x.grad!.data()).toEqual(expected);
  });

  test('errors state what does not fit', async () => {
    const x = tensor(await testDevice(), [1, 2]);
    expect(() => sort(x, 1)).toThrow('sort: axis: got 1 for a tensor of rank 1');
    expect(() => argsort(x, 0, 1 as never)).toThrow('argsort: descending: got 1');
    expect(() => sort(tensor(x.device, Int32Array.of(1)))).toThrow('sort: x: got a tensor of type i32');
  });
});

describe('gather and scatterAdd', () => {
  const indexOf = (shape: Shape, limit: number, seed: number) =>
    map(random(shape, seed, 0, limit), Math.floor);
  const CASES: [number[], number, number[]][] = [
    [[], 0, []],
    [[1], 0, [3]],
    [[5], -1, [7]],
    [[3, 5], 0, [4, 5]],
    [[3, 5], 1, [3, 2]],
    [[3, 5], 1, [2, 8]],
    [[2, 3, 4], 1, [2, 6, 3]],
    [[2, 3, 2, 3, 2], -2, [1, 3, 2, 5, 2]],
  ];
  test.each(CASES)('x [%s] along %i, index [%s]', async (shape, axis, indexShape) => {
    const device = await testDevice();
    const index = indexOf(indexShape, shape.length === 0 ? 1 : shape.at(axis)!, 6);
    const wanted = Float64Array.from(index.data);
    for (const Ints of [Uint32Array, Int32Array]) {
      const given = tensor(device, Ints.from(wanted), { shape: indexShape });
      await check(
        [random(shape, 7)],
        ([x]) => gather(x!, axis, given),
        ([x]) => reference.gather(x!, axis, index),
      );
      // with src as large as the index, and larger
      for (const extra of [0, 1]) {
        const src = random(
          indexShape.map((n) => n + extra),
          8,
        );
        await check(
          [random(shape, 7), src],
          ([x, s]) => scatterAdd(x!, axis, given, s!),
          ([x, s]) => reference.scatterAdd(x!, axis, index, s!),
        );
      }
    }
  });

  test('many equal indices: the same bits in two runs', async () => {
    const device = await testDevice();
    const index = tensor(
      device,
      Uint32Array.from({ length: 4000 }, (_, i) => (i * i) % 3),
    );
    const src = onDevice(device, random([4000], 9));
    const run = () => scatterAdd(tensor(device, [0, 0, 0]), 0, index, src).data();
    expect(await run()).toEqual(await run());
  });

  test('an index outside the axis is NaN, in the result and the gradient of its line', async () => {
    const device = await testDevice();
    const x = tensor(device, [1, 2], { requiresGrad: true });
    for (const index of [Uint32Array.of(0, 2), Int32Array.of(0, -1)]) {
      const y = gather(x, 0, tensor(device, index));
      expect([...(await y.data())]).toEqual([1, Number.NaN]);
      expect([...(await scatterAdd(x, 0, tensor(device, index), tensor(device, [1, 1])).data())]).toEqual([
        Number.NaN,
        Number.NaN,
      ]);
    }
  });

  test('errors state what does not fit', async () => {
    const device = await testDevice();
    const x = tensor(device, [
      [1, 2],
      [3, 4],
    ]);
    const index = (...shape: number[]) =>
      tensor(device, new Uint32Array(shape.reduce((a, b) => a * b, 1)), { shape });
    expect(() => gather(x, 0, index(2))).toThrow(
      'gather: index has shape [2], expected 2 axes that are not longer than those of x [2, 2]',
    );
    expect(() => gather(x, 0, index(3, 3))).toThrow(/gather: index has shape \[3, 3\]/);
    expect(() => gather(x, 0, x)).toThrow('gather: index: got a tensor of type f32, expected u32 or i32');
    expect(() => gather(index(2, 2), 0, index(2, 2))).toThrow('gather: x: got a tensor of type u32');
    expect(() => gather(x, 2, index(2, 2))).toThrow('gather: axis: got 2 for a tensor of rank 2');
    expect(() => scatterAdd(x, 0, index(3, 2), x)).toThrow(
      'scatterAdd: index has shape [3, 2], expected 2 axes that are not longer than those of src [2, 2]',
    );
  });
});

describe('stack, split and chunk', () => {
  test.each([
    [[], 0],
    [[3], 0],
    [[3], -1],
    [[2, 3], 1],
    [[2, 3, 2, 2], -5],
  ])('stack of three [%s] along %i', (shape, axis) => {
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    const wide = [...shape.slice(0, at), 1, ...shape.slice(at)];
    return check(
      [1, 2, 3].map((seed) => random(shape, seed)),
      (xs) => stack(xs, axis),
      (xs) =>
        shapes.concat(
          xs.map((x) => reshape(x, wide)),
          at,
        ),
    );
  });

  test.each([
    ['split by 2', [5, 3], (x: Tensor) => split(x, 2), 0, [2, 2, 1]],
    ['split by 9', [5, 3], (x: Tensor) => split(x, 9, -2), 0, [5]],
    ['split by sizes', [2, 6], (x: Tensor) => split(x, [1, 3, 2], 1), 1, [1, 3, 2]],
    ['chunk in 3', [7, 2], (x: Tensor) => chunk(x, 3), 0, [3, 3, 1]],
    ['chunk in 4 makes 3', [6], (x: Tensor) => chunk(x, 4), 0, [2, 2, 2]],
    ['chunk in 5', [2, 2, 3], (x: Tensor) => chunk(x, 5, -1), 2, [1, 1, 1]],
  ] as const)('%s', async (_, shape, run, axis, sizes) => {
    expect(run(onDevice(await testDevice(), random(shape, 1))).map((part) => part.shape[axis])).toEqual(
      sizes,
    );
    // concatenated again, each part scaled by its number
    await check(
      [random(shape, 1)],
      ([x]) => concat([...run(x!)].reverse(), axis),
      ([x]) => {
        let end = x!.shape[axis]!;
        const parts = [...sizes].reverse().map((size) => {
          const begin = x!.shape.map((_, a) => (a === axis ? end - size : 0));
          const stop = x!.shape.map((n, a) => (a === axis ? end : n));
          end -= size;
          return shapes.slice(x!, begin, stop);
        });
        return shapes.concat(parts, axis);
      },
    );
  });

  test('errors state what does not fit', async () => {
    const device = await testDevice();
    const x = tensor(device, [1, 2, 3]);
    expect(() => split(x, [1, 1])).toThrow(
      'split: sizes [1, 1] add up to 2, expected 3, the length of axis 0 of [3]',
    );
    expect(() => split(x, 0)).toThrow('split: size: got 0, expected an integer >= 1');
    expect(() => chunk(x, 2, 1)).toThrow('chunk: axis: got 1 for a tensor of rank 1');
    expect(() => chunk(x, 2, x as never)).toThrow(
      'chunk: axis: got a tensor of shape [3] for a tensor of rank',
    );
    expect(() => split(tensor(device, 4), 1)).toThrow(
      'split: axis: got 0 for a tensor of rank 0, which has no axes',
    );
    expect(() => stack([x, tensor(device, [1])])).toThrow('stack: tensor 1 has shape [1], the first [3]');
    expect(() => stack([x, tensor(device, Int32Array.of(1, 2, 3))])).toThrow('concat: tensor 1 is i32');
  });
});

describe('slice with negative steps', () => {
  test.each([
    [[5], [null], [null], [-1]],
    [[5], [4], [-6], [-1]],
    [[5], [-1], [0], [-2]],
    [[1], [0], [null], [-3]],
    [
      [4, 7],
      [null, -2],
      [null, 1],
      [2, -3],
    ],
    [
      [2, 3, 4],
      [1, null, null],
      [null, null, 0],
      [-1, 1, -1],
    ],
  ] as [number[], (number | null)[], (number | null)[], number[]][])(
    'of [%s] from %j to %j by %j',
    (shape, begin, end, step) => {
      const at = (v: number | null, n: number, other: number) => (v === null ? other : v < 0 ? v + n : v);
      const first = shape.map((n, a) => at(begin[a]!, n, step[a]! < 0 ? n - 1 : 0));
      const last = shape.map((n, a) => at(end[a]!, n, step[a]! < 0 ? -1 : n));
      return check(
        [random(shape, 1)],
        ([x]) => slice(x!, begin, end, step),
        ([x]) => shapes.slice(x!, first, last, step),
      );
    },
  );
});
