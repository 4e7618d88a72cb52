// Rounding, sine and cosine, clamp.
import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { clamp } from '../../src/tensor/ops/clamp.ts';
import { ceil, floor, round, sign } from '../../src/tensor/ops/rounding.ts';
import { cos, sin } from '../../src/tensor/ops/sine.ts';
import { map, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { round as toEven } from '../reference/ops/scan.ts';
import { checkAgainstReference } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const SHAPES = [[], [1], [7], [2, 3, 4], [1, 2, 3, 1, 5]];

describe.each([
  ['sign', sign, (v: number) => Math.sign(v)],
  ['floor', floor, Math.floor],
  ['ceil', ceil, Math.ceil],
  ['round', round, toEven],
] as const)('%s', (_, op, expected) => {
  test('of any shape', async () => {
    for (const shape of SHAPES) {
      await checkAgainstReference(await testDevice(), {
        inputs: [random(shape, 1, -5, 5)],
        run: ([x]) => op(x!),
        reference: ([x]) => map(x!, expected),
      });
    }
  });

  test('of halves, integers, large numbers and zeros', async () => {
    const device = await testDevice();
    const values = [
      -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, -0, 0, 3, -3, 8388607.5, 8388609, 1e30, -1e30, 0.49999997,
    ];
    const x = tensor(device, values, { requiresGrad: true });
    const y = op(x);
    backward(y, {
      gradient: tensor(
        device,
        values.map(() => Number.NaN),
      ),
    });
    expectClose(
      await y.data(),
      values.map((v) => expected(Math.fround(v))),
      { rtol: 0, atol: 0 },
    );
    expect([...(await x.grad!.data())]).toEqual(values.map(() => 0));
  });
});

describe.each([
  ['sin', sin, Math.sin],
  ['cos', cos, Math.cos],
] as const)('%s', (_, op, expected) => {
  test('of any shape', async () => {
    for (const shape of SHAPES) {
      await checkAgainstReference(await testDevice(), {
        inputs: [random(shape, 2, -10, 10)],
        run: ([x]) => op(x!),
        reference: ([x]) => map(x!, expected),
      });
    }
  });

  test('is accurate to 2e-7 for numbers of any size', async () => {
    const device = await testDevice();
    const { PI } = Math;
    const values = Float32Array.from([
      ...[
        0.1,
        0.5,
        0.7853981,
        0.7853982,
        1,
        PI / 2,
        PI,
        -PI,
        3 * PI,
        100 * PI,
        -1e3,
        12345.678,
        1e5,
        1e6,
        -1e7,
      ],
      ...[16777216, 3.3e9, 1e15, 7.7e22, 1e30, -3.4e38, 1e-3, -1e-20, 5.419499e12, 2.6e-38],
      ...Array.from({ length: 200 }, (_, i) => (i % 2 ? -1 : 1) * 1.37 ** i * 1e-3),
    ]).filter(Number.isFinite);
    const y = await op(tensor(device, values)).data();
    expectClose(y, [...values].map(expected), { rtol: 0, atol: 2e-7 });
    expect(Object.is((await sin(tensor(device, [-0])).data())[0], -0)).toBe(true);
  });
});

describe('clamp', () => {
  test.each([
    [-0.5, 0.7],
    [-0.5, null],
    [undefined, 0.7],
    [0.7, -0.5],
    [Number.NEGATIVE_INFINITY, 0],
  ] as [number | null | undefined, number | null | undefined][])('to %s .. %s', async (min, max) => {
    for (const shape of SHAPES) {
      await checkAgainstReference(await testDevice(), {
        inputs: [random(shape, 3)],
        run: ([x]) => clamp(x!, min, max),
        reference: ([x]) =>
          map(x!, (v) =>
            Math.min(Math.max(v, min ?? Number.NEGATIVE_INFINITY), max ?? Number.POSITIVE_INFINITY),
          ),
      });
    }
  });

  test('the gradient is 1 at a bound and 0 outside', async () => {
    const device = await testDevice();
    const x = tensor(device, [-2, -1, 0, 1, 2, Number.NaN], { requiresGrad: true });
    const y = clamp(x, -1, 1);
    backward(y, { gradient: tensor(device, [5, 5, 5, 5, 5, 5]) });
    expect([...(await y.data())]).toEqual([-1, -1, 0, 1, 1, Number.NaN]);
    expect([...(await x.grad!.data())]).toEqual([0, 5, 5, 5, 0, 0]);
  });

  const nan = Number.NaN;
  // values and gradients of torch.clamp for bounds expanded to [2, 7]; the gradients are summed over the copies
  test.each([
    [
      [true, true],
      [-1, -1, 0, 1, 1, nan, 1, -1, -1, 0, 0, 0, nan, 0],
      [0, 11, 13, 4, 0, 0, 0],
      [9, 0, 0, 0, 0, 0, 0],
      [12, 37],
    ],
    [
      [true, false],
      [-1, -1, 0, 1, 2, nan, 2, -1, -1, 0, 1, 2, nan, 2],
      [0, 11, 13, 15, 17, 0, 0],
      [9, 0, 0, 0, 0, 0, 21],
      null,
    ],
    [
      [false, true],
      [-2, -1, 0, 1, 1, nan, 0.25, -2, -1, 0, 0, 0, nan, 0],
      [9, 11, 13, 4, 0, 0, 7],
      null,
      [5, 37],
    ],
  ] as const)('bounds that are tensors, %j', async ([hasMin, hasMax], values, dx, dmin, dmax) => {
    const device = await testDevice();
    const leaf = (data: number[], shape: number[]) => tensor(device, data, { requiresGrad: true, shape });
    const x = leaf([-2, -1, 0, 1, 2, nan, 0.25, -2, -1, 0, 1, 2, nan, 0.25], [2, 7]);
    const min = hasMin ? leaf([-1, -1, -1, -1, -1, -1, 2], [7]) : null;
    const max = hasMax ? leaf([1, 0], [2, 1]) : null;
    const y = clamp(x, min, max);
    const gradient = tensor(
      device,
      Float32Array.from({ length: 14 }, (_, i) => i + 1),
      { shape: [2, 7] },
    );
    backward(y, { gradient });
    expect([...(await y.data())]).toEqual(values);
    const each = await x.grad!.data();
    expect(dx.map((_, i) => each[i]! + each[i + 7]!)).toEqual(dx);
    expect([min && [...(await min.grad!.data())], max && [...(await max.grad!.data())]]).toEqual([
      dmin,
      dmax,
    ]);
    // bounds of either kind broadcast, also to a larger shape than that of x
    const small = clamp(tensor(device, [0.5]), hasMin ? min : -3, hasMax ? max : 3);
    expect(small.shape).toEqual(hasMax ? (hasMin ? [2, 7] : [2, 1]) : [7]);
  });

  test('of integers', async () => {
    const device = await testDevice();
    const bounds = tensor(device, Int32Array.of(-1, 5, 0));
    expect([...(await clamp(tensor(device, Int32Array.of(-9, 2, 9)), bounds, 4).data())]).toEqual([-1, 4, 4]);
    expect(() => clamp(tensor(device, Int32Array.of(-9)), tensor(device, [0.5]))).toThrow(
      'clamp: min: got a tensor of type f32, expected i32',
    );
    expect([...(await clamp(tensor(device, Int32Array.of(-9, 2, 9)), -3, 4).data())]).toEqual([-3, 2, 4]);
    expect([...(await clamp(tensor(device, Uint32Array.of(1, 4294967295)), 2).data())]).toEqual([
      2, 4294967295,
    ]);
  });

  test('errors state what does not fit', async () => {
    const x = tensor(await testDevice(), [1]);
    expect(() => clamp(x)).toThrow(
      'clamp: no bound is given (got neither min nor max). Pass min, max or both.',
    );
    expect(() => clamp(x, '0' as unknown as number)).toThrow("clamp: min: got '0', expected a number");
    expect(() => clamp(tensor(x.device, Uint32Array.of(1)), -1)).toThrow(
      'clamp: min: got -1, which u32 cannot hold',
    );
  });
});
