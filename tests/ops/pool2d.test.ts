import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { avgPool2d, maxPool2d } from '../../src/tensor/ops/pool2d.ts';
import { random } from '../reference/array.ts';
import * as reference from '../reference/ops/pool.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

type Pair = [number, number];

const cases: [string, number[], { kernel: Pair; stride?: Pair; padding?: Pair }][] = [
  ['2 x 2', [2, 4, 6, 8], { kernel: [2, 2] }],
  ['odd sides leave a rest', [1, 5, 7, 3], { kernel: [2, 2] }],
  ['windows that overlap, padding', [2, 7, 5, 4], { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }],
  ['stride 1', [1, 5, 5, 15], { kernel: [3, 3], stride: [1, 1], padding: [1, 1] }],
  ['gaps between windows', [1, 9, 9, 1], { kernel: [2, 2], stride: [3, 4] }],
  ['different axes', [1, 6, 9, 21], { kernel: [3, 2], stride: [1, 3], padding: [1, 0] }],
  ['a map of 1 x 1', [3, 1, 1, 16], { kernel: [1, 1] }],
  ['a map of 1 x 1, padded', [1, 1, 1, 72], { kernel: [3, 3], stride: [1, 1], padding: [1, 1] }],
];

describe.each([
  ['maxPool2d', maxPool2d, reference.maxPool2d],
  ['avgPool2d', avgPool2d, reference.avgPool2d],
] as const)('%s', (_, pool, expected) => {
  test.each(cases)('%s: [%s]', async (_, shape, { kernel, ...options }) => {
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 1)],
      run: ([x]) => pool(x!, { kernelSize: kernel, ...options }),
      reference: ([x]) => expected(x!, { kernel, ...options }),
    });
  });

  test('says what does not fit', async () => {
    const x = onDevice(await testDevice(), random([1, 4, 4, 2], 1));
    expect(() => pool(x, { kernelSize: 5 })).toThrow(/does not fit an input of 4 x 4/);
    expect(() => pool(x, { kernelSize: 2, padding: 2 })).toThrow(/more than half the kernel/);
    expect(() => pool(x, { kernelSize: 0 })).toThrow(/kernelSize: got 0, expected an integer >= 1/);
  });
});

test('maxPool2d: the first of equal maxima gets the gradient', async () => {
  const device = await testDevice();
  const x = onDevice(device, random([1, 2, 2, 4], 1, 3, 3), true);
  const y = maxPool2d(x, { kernelSize: 2 });
  backward(y, { gradient: onDevice(device, random([1, 1, 1, 4], 1, 1, 1)) });
  expect([...(await x.grad!.data())]).toEqual([1, 1, 1, 1, ...new Array(12).fill(0)]);
});

test('maxPool2d: minus infinity stays', async () => {
  const device = await testDevice();
  const x = onDevice(device, random([1, 2, 2, 1], 1));
  x.write([
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
  expect(await maxPool2d(x, { kernelSize: 2 }).item()).toBe(Number.NEGATIVE_INFINITY);
});
