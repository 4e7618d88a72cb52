import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/tensor/create.ts';
import * as ops from '../../src/tensor/ops/softmax.ts';
import { from, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/softmax.ts';
import { checkAgainstReference } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

describe.each(['softmax', 'logSoftmax'] as const)('%s', (name) => {
  test.each([[[1]], [[8]], [[3, 7]], [[70, 8]], [[2, 3, 15]], [[2, 1, 2, 2, 21]]])(
    'of [%s]',
    async (shape) => {
      await checkAgainstReference(await testDevice(), {
        inputs: [random(shape, 61, -4, 4)],
        run: ([x]) => ops[name](x!),
        reference: ([x]) => reference[name](x!),
        atol: 2e-5,
      });
    },
  );

  test('of numbers whose exponentials overflow and underflow', async () => {
    const x = from([3, 3], [1000, 999, -1000, -500, -500, -500, 0, 1e-3, 88]);
    const y = await ops[name](
      tensor(await testDevice(), Float32Array.from(x.data), { shape: x.shape }),
    ).data();
    expectClose(y, reference[name](x), { rtol: 1e-4, atol: 1e-4 });
  });

  test('an axis outside the tensor is rejected', async () => {
    const device = await testDevice();
    expect(() => ops[name](tensor(device, 3), 1)).toThrow(`${name}: axis: got 1 for a tensor of rank`);
  });
});
