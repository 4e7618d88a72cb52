import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { axisPool } from '../../src/tensor/ops/axis-pool.ts';
import { coordinatePool } from '../../src/tensor/ops/coordinate-pool.ts';
import { globalAvgPool } from '../../src/tensor/ops/global-avg-pool.ts';
import { map, type NdArray, random, reshape } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/pool.ts';
import { concat } from '../reference/ops/shape.ts';
import * as tape from '../reference/tape.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const shapes = [
  [2, 3, 4, 8],
  [1, 5, 7, 3],
  [3, 1, 1, 15],
  [1, 1, 6, 16],
  [2, 9, 1, 21],
  [1, 2, 3, 72],
  [4, 6, 2, 1],
];

/** Pooled along an axis, [N, positions, C]. */
function pooled(x: NdArray, axis: 'width' | 'height', kind: 'avg' | 'max' | 'both'): NdArray {
  const average = reference.avgPoolAxis(x, axis);
  const largest = reference.maxPoolAxis(x, axis);
  if (kind === 'both') return map(average, (value, i) => value + largest.data[i]!);
  return kind === 'avg' ? average : largest;
}

describe.each(shapes)('[%i, %i, %i, %i]', (n, h, w, c) => {
  const x = random([n, h, w, c], 1);

  test('globalAvgPool', async () => {
    await checkAgainstReference(await testDevice(), {
      inputs: [x],
      run: ([x]) => globalAvgPool(x!),
      reference: ([x]) => reference.globalAvgPool(x!),
    });
  });

  test.each(['avg', 'max', 'both'] as const)('axisPool, %s', async (kind) => {
    for (const axis of ['width', 'height'] as const) {
      await checkAgainstReference(await testDevice(), {
        inputs: [x],
        run: ([x]) => axisPool(x!, axis, kind),
        reference: ([x]) => reshape(pooled(x!, axis, kind), axis === 'width' ? [n, h, 1, c] : [n, 1, w, c]),
      });
    }
  });

  test.each(['avg', 'max', 'complementary'] as const)('coordinatePool, %s', async (kind) => {
    const each = kind === 'complementary' ? 'both' : kind;
    await checkAgainstReference(await testDevice(), {
      inputs: [x],
      run: ([x]) => coordinatePool(x!, kind),
      reference: ([x]) =>
        reshape(concat([pooled(x!, 'width', each), pooled(x!, 'height', each)], 1), [n, h + w, 1, c]),
    });
  });
});

test('the first of equal maxima gets the gradient', async () => {
  const device = await testDevice();
  const x = onDevice(device, random([1, 2, 3, 1], 1, 5, 5), true);
  backward(axisPool(x, 'width', 'max'), { gradient: onDevice(device, random([1, 2, 1, 1], 1, 1, 1)) });
  expect([...(await x.grad!.data())]).toEqual([1, 0, 0, 1, 0, 0]);
});

test('reject other arguments', async () => {
  const x = onDevice(await testDevice(), random([2, 3, 4], 1));
  expect(() => globalAvgPool(x)).toThrow(/globalAvgPool: input has shape \[2, 3, 4\], expected images/);
  expect(() => axisPool(x, 'width', 'avg')).toThrow(/axisPool: input has shape/);
  expect(() => coordinatePool(x, 'avg')).toThrow(/coordinatePool: input has shape/);
});

test.each([15, 64])('several pixels per thread, %i channels', async (channels) => {
  const device = await testDevice();
  const inputs = [random([4, 37, 35, channels], 1)];
  await checkAgainstReference(device, {
    inputs,
    run: ([x]) => globalAvgPool(x!),
    reference: ([x]) => reference.globalAvgPool(x!),
    directions: true,
  });
});

// In some of the many strips the two largest values are closer than a step of central differences, so the
// gradient is compared with the tape's.
test.each([15, 64])('complementary pooling, several pixels per thread, %i channels', async (channels) => {
  const device = await testDevice();
  const values = random([4, 37, 35, channels], 1);
  const input = new tape.Value(values);
  const both = (axis: 'width' | 'height') =>
    tape.add(tape.avgPoolAxis(input, axis), tape.maxPoolAxis(input, axis));
  const expected = tape.concat([both('width'), both('height')], 1);
  const weighting = random(expected.shape, 2);
  expected.backward(weighting.data);
  const x = onDevice(device, values, true);
  const y = coordinatePool(x, 'complementary');
  backward(y, { gradient: onDevice(device, { shape: [4, 72, 1, channels], data: weighting.data }) });
  expectClose(await y.data(), expected.data, { label: 'result' });
  expectClose(await x.grad!.data(), input.grad, { label: 'gradient' });
});
