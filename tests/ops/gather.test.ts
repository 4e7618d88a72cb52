import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { gatherRows } from '../../src/tensor/ops/gather.ts';
import { oneHot } from '../../src/tensor/ops/one-hot.ts';
import { random, randomIntegers } from '../reference/array.ts';
import * as reference from '../reference/ops/shape.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

describe('gatherRows', () => {
  test.each([
    [[1], 1],
    [[8, 15], 5],
    [[8, 128], 3],
    [[3, 2, 21], 40],
    [[5, 2, 1, 2, 3], 7],
  ] as [number[], number][])('of a table [%s], %i rows', async (shape, count) => {
    const device = await testDevice();
    const indices = randomIntegers(count, shape[0]!, 71);
    await checkAgainstReference(device, {
      inputs: [random(shape, 72)],
      run: ([table]) => gatherRows(table!, tensor(device, Uint32Array.from(indices))),
      reference: ([table]) => reference.gatherRows(table!, indices),
    });
  });

  test('indices of any shape', async () => {
    const device = await testDevice();
    const table = random([4, 3], 73);
    const y = gatherRows(
      onDevice(device, table),
      tensor(
        device,
        [
          [3, 0],
          [1, 1],
        ],
        { dtype: 'u32' },
      ),
    );
    expect(y.shape).toEqual([2, 2, 3]);
    expect([...(await y.data())]).toEqual([...reference.gatherRows(table, [3, 0, 1, 1]).data]);
  });

  test('an index outside the table gives NaN and no gradient', async () => {
    const device = await testDevice();
    const table = onDevice(device, random([2, 3], 74), true);
    const y = gatherRows(table, tensor(device, new Uint32Array([1, 2, 4294967295])));
    backward(y, { gradient: tensor(device, new Float32Array(9).fill(1), { shape: [3, 3] }) });
    const got = [...(await y.data())];
    expect(got.slice(0, 3).every(Number.isFinite)).toBe(true);
    expect(got.slice(3).every(Number.isNaN)).toBe(true);
    expect([...(await table.grad!.data())]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('the gradient is the same bits every time', async () => {
    const device = await testDevice();
    const indices = tensor(device, Uint32Array.from(randomIntegers(500, 3, 75)));
    const dy = onDevice(device, random([500, 7], 76));
    const once = async () => {
      const table = onDevice(device, random([3, 7], 77), true);
      backward(gatherRows(table, indices), { gradient: dy });
      return table.grad!.data();
    };
    expect(await once()).toEqual(await once());
  });

  test('errors', async () => {
    const device = await testDevice();
    const table = onDevice(device, random([2, 3], 74));
    expect(() => gatherRows(table, tensor(device, [1]))).toThrow(
      /indices: got a tensor of type f32, expected u32/,
    );
    expect(() => gatherRows(tensor(device, 1), tensor(device, new Uint32Array(1)))).toThrow(
      /table: got a scalar/,
    );
  });
});

describe('oneHot', () => {
  test.each([
    [1, 1],
    [5, 8],
    [70, 15],
  ])('%i labels of %i classes', async (count, depth) => {
    const labels = randomIntegers(count, depth, 81);
    const y = oneHot(tensor(await testDevice(), Uint32Array.from(labels)), depth);
    expect(y.shape).toEqual([count, depth]);
    expect([...(await y.data())]).toEqual([...reference.oneHot(labels, depth).data]);
  });

  test('a label outside gives zeros; labels of any shape', async () => {
    const y = oneHot(tensor(await testDevice(), [[0], [9]], { dtype: 'u32' }), 2);
    expect(y.shape).toEqual([2, 1, 2]);
    expect([...(await y.data())]).toEqual([1, 0, 0, 0]);
  });
});
