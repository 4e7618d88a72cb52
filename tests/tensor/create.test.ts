import { describe, expect, test } from 'vitest';
import { full, ones, rand, randn, tensor, zeros } from '../../src/tensor/create.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { testDevice } from '../support/device.ts';

describe('tensor', () => {
  test('from nested arrays', async () => {
    const x = tensor(await testDevice(), [
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ]);
    expect([x.shape, x.dtype, x.rank, x.size, x.byteLength]).toEqual([[3, 2, 1], 'f32', 3, 6, 24]);
    expect(x.strides).toEqual([2, 1, 1]);
    expect([...(await x.data())]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('from a number and from typed arrays of each type', async () => {
    const device = await testDevice();
    expect(await tensor(device, 2.5).item()).toBe(2.5);
    expect(tensor(device, new Float32Array(6), { shape: [2, 3] }).shape).toEqual([2, 3]);
    const u = tensor(device, new Uint32Array([4294967295]));
    expect([u.dtype, u.shape, await u.item()]).toEqual(['u32', [1], 4294967295]);
    const i = tensor(device, new Int32Array([-7]));
    expect([i.dtype, await i.item()]).toEqual(['i32', -7]);
    expect(await tensor(device, [-3], { dtype: 'i32' }).item()).toBe(-3);
  });

  test('write replaces the elements, in order with recorded work', async () => {
    const device = await testDevice();
    const x = zeros(device, [3]);
    x.write([1, 2, 3]);
    expect([...(await x.data())]).toEqual([1, 2, 3]);
    expect(() => x.write([1])).toThrow(/got 1 numbers for shape \[3\]/);
  });

  test('errors', async () => {
    const device = await testDevice();
    expect(() => tensor(device, [[1, 2], [3]])).toThrow(/row 1 has shape \[1\], expected \[2\]/);
    expect(() => tensor(device, [])).toThrow(/got an empty array/);
    expect(() => tensor(device, [1, 2, 3], { shape: [2, 2] })).toThrow(
      /3 numbers do not fill shape \[2, 2\]/,
    );
    expect(() => zeros(device, [2, 0])).toThrow(/positive integers/);
    expect(() => tensor(device, new Uint32Array(1), { requiresGrad: true })).toThrow(
      /a tensor of type u32 has no gradient/,
    );
    await expect(tensor(device, [1, 2]).item()).rejects.toThrow(/has 2 elements, expected one/);
    const gone = tensor(device, [1]);
    gone.dispose();
    gone.dispose();
    expect(gone.isDisposed).toBe(true);
    expect(() => gone.storage).toThrow(/was disposed/);
  });
});

test('full, zeros and ones of every type', async () => {
  const device = await testDevice();
  expect([...(await full(device, [2, 2], -1.5).data())]).toEqual([-1.5, -1.5, -1.5, -1.5]);
  expect([...(await full(device, [2], 4000000000, 'u32').data())]).toEqual([4000000000, 4000000000]);
  expect(await full(device, [], -4, 'i32').item()).toBe(-4);
  expect(() => full(device, [2], 1.5, 'u32')).toThrow('full: element 0: got 1.5, expected an integer from 0');
  expect(() => full(device, [2], -1, 'u32')).toThrow('full: element 0: got -1');
  expect(() => full(device, [2], 2 ** 31, 'i32')).toThrow('full: element 0: got 2147483648');
  expect([...(await zeros(device, [3]).data())]).toEqual([0, 0, 0]);
  expect(await ones(device, [1], 'u32').item()).toBe(1);
  expect((await full(device, [70001], 3).data()).every((v) => v === 3)).toBe(true);
});

describe('random numbers', () => {
  const count = 100_000;
  /** mean, and central moments two to four */
  function moments(values: ArrayLike<number>): number[] {
    const list = Array.from(values);
    const mean = list.reduce((a, b) => a + b, 0) / list.length;
    const central = (k: number) => list.reduce((total, v) => total + (v - mean) ** k, 0) / list.length;
    return [mean, central(2), central(3), central(4)];
  }
  const near = (got: number, expected: number, within: number) =>
    expect(Math.abs(got - expected), `${got} should be within ${within} of ${expected}`).toBeLessThan(within);

  test('rand: range and moments', async () => {
    const values = await rand(await testDevice(), [count], { seed: 3, low: -1, high: 3 }).data();
    expect(values.every((v) => v >= -1 && v < 3)).toBe(true);
    const [mean, variance, third, fourth] = moments(values) as [number, number, number, number];
    near(mean, 1, 0.02);
    near(variance, 16 / 12, 0.02);
    near(third, 0, 0.04);
    near(fourth, 256 / 80, 0.06);
  });

  test('randn: moments', async () => {
    const values = await randn(await testDevice(), [count], { seed: 4, mean: 1, std: 2 }).data();
    expect(values.every(Number.isFinite)).toBe(true);
    const [mean, variance, third, fourth] = moments(values) as [number, number, number, number];
    near(mean, 1, 0.03);
    near(variance, 4, 0.1);
    near(third, 0, 0.4);
    near(fourth, 48, 3);
  });

  test.each([rand, randn])(
    'equal seeds give equal bits, other seeds and streams give other numbers',
    async (draw) => {
      const device = await testDevice();
      const of = (seed: number, stream?: number) =>
        draw(device, [2000], { seed, ...(stream && { stream }) }).data();
      const base = await of(5);
      expect(await of(5)).toEqual(base);
      const centered = (values: ArrayLike<number>) => {
        const [mean, variance] = moments(values) as [number, number];
        return Array.from(values, (v) => (v - mean) / Math.sqrt(variance));
      };
      const left = centered(base);
      for (const other of [await of(6), await of(5, 1), await of(5 + 2 ** 32), await of(-5)]) {
        const right = centered(other);
        near(left.reduce((total, v, i) => total + v * right[i]!, 0) / left.length, 0, 0.1);
      }
      // the counter does not depend on the shape, so a longer tensor begins like a shorter one
      const longer = await draw(device, [2, 2000], { seed: 5 }).data();
      expect(longer.slice(0, 2000)).toEqual(base);
    },
  );

  test('a seed must be an integer', async () => {
    const device = await testDevice();
    expect(() => rand(device, [1], { seed: 0.5 })).toThrow(/rand: seed: got 0.5, expected an integer/);
  });
});

test('new Tensor without memory is an error', () => {
  const make = Tensor as unknown as new (...args: unknown[]) => Tensor;
  for (const args of [[], [[1, 2, 3]], [null, [3], 'f32', {}]]) {
    expect(() => new make(...args)).toThrow('new Tensor: this is internal. Use tensor() or zeros().');
  }
});
