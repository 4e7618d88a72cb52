import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import {
  type AdaptiveSize,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  maxPool2d,
} from '../../src/tensor/ops/pool2d.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { random } from '../reference/array.ts';
import * as reference from '../reference/ops/pool.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

type Pair = [number, number];

const cases: [string, number[], { kernel: Pair; stride?: Pair; padding?: Pair; ceilMode?: boolean }][] = [
  ['2 x 2', [2, 4, 6, 8], { kernel: [2, 2] }],
  ['odd sides with a remainder', [1, 5, 7, 3], { kernel: [2, 2] }],
  ['windows that overlap, padding', [2, 7, 5, 4], { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }],
  ['stride 1', [1, 5, 5, 15], { kernel: [3, 3], stride: [1, 1], padding: [1, 1] }],
  ['gaps between windows', [1, 9, 9, 1], { kernel: [2, 2], stride: [3, 4] }],
  ['different axes', [1, 6, 9, 21], { kernel: [3, 2], stride: [1, 3], padding: [1, 0] }],
  ['rounded up, 3 x 3 by 2', [1, 6, 8, 4], { kernel: [3, 3], stride: [2, 2], ceilMode: true }],
  ['rounded up, 2 x 2 of odd sides', [2, 5, 7, 3], { kernel: [2, 2], ceilMode: true }],
  ['rounded up, padded', [1, 6, 7, 5], { kernel: [3, 2], stride: [2, 3], padding: [1, 1], ceilMode: true }],
  [
    'rounded up, where the last window would start in the padding after the image',
    [1, 4, 5, 3],
    { kernel: [2, 2], stride: [2, 2], padding: [1, 1], ceilMode: true },
  ],
  ['rounded up, stride over the window', [1, 5, 6, 2], { kernel: [1, 2], stride: [3, 4], ceilMode: true }],
  [
    'rounded up, a window larger than the image',
    [1, 2, 3, 4],
    { kernel: [3, 4], stride: [2, 3], ceilMode: true },
  ],
  ['a window of the whole map', [2, 3, 5, 4], { kernel: [3, 5] }],
  ['a window of the padded map', [1, 3, 2, 4], { kernel: [5, 4], padding: [1, 1] }],
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

  test('rejects mismatched arguments', async () => {
    const x = onDevice(await testDevice(), random([1, 4, 4, 2], 1));
    expect(() => pool(x, { kernelSize: 5 })).toThrow(/does not fit an input of 4 x 4/);
    expect(() => pool(x, { kernelSize: 2, padding: 2 })).toThrow(/more than half the kernel/);
    expect(() => pool(x, { kernelSize: 0 })).toThrow(/kernelSize: got 0, expected an integer >= 1/);
  });
});

test.each([
  [[1, 7, 8, 4], { kernel: [3, 3], stride: [1, 1], dilation: [2, 2] }],
  [[2, 6, 9, 3], { kernel: [2, 3], stride: [2, 2], dilation: [3, 1], padding: [2, 1] }],
  [[1, 5, 5, 1], { kernel: [2, 2], stride: [3, 3], dilation: [3, 2], padding: [1, 1], ceilMode: true }],
  // windows without any pixel of the image
  [[1, 1, 4, 4], { kernel: [2, 2], stride: [1, 1], dilation: [3, 1], padding: [2, 1] }],
] as [number[], { kernel: Pair; stride: Pair; dilation: Pair; padding?: Pair; ceilMode?: boolean }][])(
  'maxPool2d of %j, %j',
  async (shape, { kernel, ...options }) => {
    const device = await testDevice();
    const input = random(shape, 1);
    const wanted = reference.maxPool2d(input, { kernel, ...options });
    if (wanted.data.every(Number.isFinite)) {
      await checkAgainstReference(device, {
        inputs: [input],
        run: ([x]) => maxPool2d(x!, { kernelSize: kernel, ...options }),
        reference: ([x]) => reference.maxPool2d(x!, { kernel, ...options }),
      });
    } else {
      const y = noGrad(() => maxPool2d(onDevice(device, input), { kernelSize: kernel, ...options }));
      expect(y.shape).toEqual(wanted.shape);
      expect([...(await y.data())]).toEqual([...wanted.data]);
    }
  },
);

test.each([
  [[1, 5, 6, 4], { kernel: [3, 3], stride: [2, 2], padding: [1, 1], countIncludePad: false }],
  [[2, 4, 5, 3], { kernel: [2, 3], padding: [1, 1], countIncludePad: false, ceilMode: true }],
  [[1, 5, 6, 4], { kernel: [3, 2], stride: [2, 3], divisor: 5 }],
  [[1, 6, 7, 3], { kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: true, divisor: 2 }],
  [[1, 4, 4, 2], { kernel: [3, 3], stride: [3, 3], padding: [1, 0], ceilMode: true }],
] as [number[], Parameters<typeof reference.avgPool2d>[1]][])(
  'avgPool2d of %j, %j',
  async (shape, { kernel, divisor, ...options }) => {
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 1)],
      run: ([x]) => avgPool2d(x!, { kernelSize: kernel, divisorOverride: divisor, ...options }),
      reference: ([x]) => reference.avgPool2d(x!, { kernel, divisor, ...options }),
    });
  },
);

const sizes: [number[], AdaptiveSize, Pair][] = [
  [[2, 7, 5, 4], 1, [1, 1]],
  [
    [1, 7, 5, 3],
    [3, 2],
    [3, 2],
  ],
  [
    [1, 6, 8, 4],
    [3, 4],
    [3, 4],
  ],
  [[1, 3, 2, 8], 7, [7, 7]],
  [
    [1, 5, 6, 1],
    [null, 4],
    [5, 4],
  ],
  [
    [1, 5, 6, 2],
    [1, null],
    [1, 6],
  ],
  [[2, 1, 1, 5], 3, [3, 3]],
  [[1, 4, 4, 3], null, [4, 4]],
];
describe.each([
  ['adaptiveAvgPool2d', adaptiveAvgPool2d, reference.adaptiveAvgPool2d],
  ['adaptiveMaxPool2d', adaptiveMaxPool2d, reference.adaptiveMaxPool2d],
] as const)('%s', (name, pool, expected) => {
  test.each(sizes)('of %j to %j', async (shape, size, output) => {
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 1)],
      run: ([x]) => pool(x!, size),
      reference: ([x]) => expected(x!, output),
    });
  });

  test('refuses other sizes', async () => {
    const x = onDevice(await testDevice(), random([1, 4, 4, 2], 1));
    for (const size of [0, -1, 1.5, [1, 2, 3], [2, 0], '2', undefined]) {
      expect(() => pool(x, size as number)).toThrow(new RegExp(`^${name}: .*outputSize`));
    }
  });
});

test('options that a pool does not have are refused', async () => {
  const x = onDevice(await testDevice(), random([1, 4, 4, 2], 1));
  const all = { kernelSize: 2, countIncludePad: false, dilation: 2 };
  expect(() => maxPool2d(x, all)).toThrow('maxPool2d: unknown option "countIncludePad"');
  expect(() => avgPool2d(x, { ...all, countIncludePad: true } as never)).toThrow(
    'avgPool2d: unknown option "dilation"',
  );
  expect(() => avgPool2d(x, { kernelSize: 2, divisorOverride: 0 })).toThrow(
    'avgPool2d: divisorOverride: got 0',
  );
  expect(() => maxPool2d(x, { kernelSize: 2, ceilMode: 1 as never })).toThrow('maxPool2d: ceilMode: got 1');
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
