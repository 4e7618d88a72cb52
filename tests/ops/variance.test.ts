import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { std, variance } from '../../src/tensor/ops/variance.ts';
import { map, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/reduce.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const ops = { variance, std };

describe.each(['variance', 'std'] as const)('%s', (name) => {
  test.each([
    [[7], undefined, 1],
    [[3, 5], -1, 0],
    [[3, 5], 0, 1],
    [[2, 3, 15], [0, 2], 1.5],
    [[2, 3, 4, 5], [3, 1], 1],
  ] as [number[], number | number[] | undefined, number][])(
    'of [%s] over %s with correction %d',
    async (shape, axes, correction) => {
      const list = axes === undefined ? undefined : [axes].flat();
      for (const keepDims of [false, true]) {
        await checkAgainstReference(await testDevice(), {
          inputs: [random(shape, 41)],
          run: ([x]) => ops[name](x!, axes, correction, keepDims),
          reference: ([x]) =>
            reference[name](x!, { keepdims: keepDims, ...(list && { axes: list }) }, correction),
        });
      }
    },
  );

  test('of many values with a large mean', async () => {
    const x = map(random([3, 40_000], 43), (value) => Math.fround(1000 + value));
    const y = await ops[name](onDevice(await testDevice(), x), 1).data();
    expectClose(y, reference[name](x, { axes: [1] }), { rtol: 1e-5, atol: 0 });
  });

  test('has no value for too few elements, and no finite one for a correction that is too large', async () => {
    const device = await testDevice();
    expect([...(await ops[name](tensor(device, [[3], [4]]), 1).data())]).toEqual([NaN, NaN]);
    expect([...(await ops[name](tensor(device, [3]), 0, 0).data())]).toEqual([0]);
    expect([...(await ops[name](tensor(device, [3, 4]), 0, 2).data())]).toEqual([Infinity]);
    expect([...(await ops[name](tensor(device, [NaN, 4]), 0).data())]).toEqual([NaN]);
  });

  test('rejects wrong arguments by name', async () => {
    const x = tensor(await testDevice(), [1, 2, 3]);
    expect(() => ops[name](x, 1)).toThrow(new RegExp(`^${name}: `));
    expect(() => ops[name](x, 0, -1)).toThrow(new RegExp(`^${name}: correction`));
    expect(() => ops[name](x, 0, 1, 1 as never)).toThrow(new RegExp(`^${name}: keepDims`));
    expect(() => ops[name](tensor(x.device, new Uint32Array(3)))).toThrow(
      new RegExp(`^${name}: x: got a tensor of type u32`),
    );
  });
});

test('the gradient of a standard deviation of 0 is 0', async () => {
  const x = tensor(
    await testDevice(),
    [
      [2, 2],
      [1, 3],
    ],
    { requiresGrad: true },
  );
  backward(std(x, 1), { gradient: tensor(x.device, [5, 1]) });
  expectClose(await x.grad!.data(), {
    shape: [2, 2],
    data: Float64Array.of(0, 0, -Math.SQRT1_2, Math.SQRT1_2),
  });
});
