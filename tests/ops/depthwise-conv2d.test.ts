import { describe, expect, test } from 'vitest';
import { zeros } from '../../src/tensor/create.ts';
import { depthwiseConv2d, depthwiseConv2dInfo } from '../../src/tensor/ops/depthwise-conv2d.ts';
import { random } from '../reference/array.ts';
import * as reference from '../reference/ops/convolution.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

type Pair = [number, number];

/** [N, H, W, C], kernel, stride, padding */
const cases: [string, [number, number, number, number], Pair, Pair, Pair][] = [
  ['3 x 3', [2, 6, 7, 8], [3, 3], [1, 1], [1, 1]],
  ['3 x 3, stride 2, 15 channels', [1, 7, 9, 15], [3, 3], [2, 2], [1, 1]],
  ['5 x 5, odd sides', [1, 7, 9, 4], [5, 5], [1, 1], [2, 2]],
  ['5 x 5, stride 2, even and odd side', [2, 8, 7, 4], [5, 5], [2, 2], [2, 2]],
  ['one pixel, one channel', [1, 1, 1, 1], [3, 3], [1, 1], [1, 1]],
  ['one pixel under 5 x 5', [1, 1, 1, 8], [5, 5], [1, 1], [2, 2]],
  ['a side of 3, stride 2, under 5 x 5', [2, 3, 3, 8], [5, 5], [2, 2], [2, 2]],
  ['1 x 7 strip', [1, 3, 11, 4], [1, 7], [1, 1], [0, 3]],
  ['7 x 1 strip, 21 channels', [1, 9, 2, 21], [7, 1], [1, 1], [3, 0]],
  ['7 x 7, stride 2 x 3', [1, 9, 10, 4], [7, 7], [2, 3], [3, 3]],
  ['stride 3, no padding along the width', [1, 8, 10, 4], [3, 3], [3, 3], [1, 0]],
  ['even kernel, stride 4 x 3', [1, 8, 9, 3], [2, 4], [4, 3], [0, 1]],
  ['stride larger than a 1 x 1 kernel', [1, 5, 6, 4], [1, 1], [2, 2], [0, 0]],
  ['wider than two strips of taps', [1, 3, 12, 4], [1, 11], [1, 1], [0, 5]],
  ['more padding than kernel', [1, 3, 3, 4], [3, 3], [2, 2], [4, 3]],
];

describe('depthwiseConv2d', () => {
  for (const [name, shape, kernel, stride, padding] of cases) {
    for (const withBias of [false, true]) {
      test(`${name}${withBias ? ', bias' : ''}`, async () => {
        const channels = shape[3];
        const x = random(shape, 1);
        const weight = random([...kernel, channels], 2);
        const bias = random([channels], 3);
        await checkAgainstReference(await testDevice(), {
          inputs: withBias ? [x, weight, bias] : [x, weight],
          run: ([x, weight, bias]) => depthwiseConv2d(x!, weight!, bias ?? null, { stride, padding }),
          reference: ([x, weight, bias]) => reference.depthwiseConv2d(x!, weight!, { bias, stride, padding }),
        });
      });
    }
  }

  // [N, H, W, C], filters per channel, kernel, stride, padding, dilation
  test.each([
    [[1, 6, 7, 4], 2, [3, 3], [1, 1], [1, 1], [1, 1]],
    [[2, 5, 4, 3], 4, [2, 3], [2, 1], [0, 1], [1, 1]],
    [[1, 7, 8, 8], 1, [3, 3], [1, 1], [2, 2], [2, 2]],
    [[1, 7, 6, 5], 1, [3, 2], [2, 1], [1, 0], [1, 3]],
    [[1, 6, 6, 2], 3, [2, 2], [1, 2], [1, 1], [3, 1]],
    [[1, 5, 5, 1], 6, [3, 3], [1, 1], [1, 1], [1, 1]],
    [[1, 3, 2, 4], 2, [1, 1], [1, 1], [0, 0], [1, 1]],
  ] as [number[], number, Pair, Pair, Pair, Pair][])(
    '%j, %i filters per channel, kernel %j, stride %j, padding %j, dilation %j',
    async (shape, multiplier, kernel, stride, padding, dilation) => {
      const filters = shape[3]! * multiplier;
      await checkAgainstReference(await testDevice(), {
        inputs: [random(shape, 1), random([...kernel, filters], 2), random([filters], 3)],
        run: ([x, weight, bias]) => depthwiseConv2d(x!, weight!, bias!, { stride, padding, dilation }),
        reference: ([x, weight, bias]) =>
          reference.depthwiseConv2d(x!, weight!, { bias, stride, padding, dilation }),
      });
    },
  );

  test("four sides of padding, and 'same'", async () => {
    const device = await testDevice();
    const padding = [
      [1, 2],
      [0, 3],
    ] as [Pair, Pair];
    await checkAgainstReference(device, {
      inputs: [random([1, 5, 6, 8], 1), random([3, 4, 8], 2)],
      run: ([x, weight]) => depthwiseConv2d(x!, weight!, null, { stride: 2, padding }),
      reference: ([x, weight]) => reference.depthwiseConv2d(x!, weight!, { stride: [2, 2], padding }),
    });
    const x = onDevice(device, random([1, 5, 6, 8], 1));
    const weight = onDevice(device, random([3, 3, 8], 2));
    const same = depthwiseConv2d(x, weight, null, { stride: 2, padding: 'same' });
    const sides = [
      [1, 1],
      [0, 1],
    ] as [Pair, Pair];
    expect(await same.data()).toEqual(
      await depthwiseConv2d(x, weight, null, { stride: 2, padding: sides }).data(),
    );
  });

  test('many chunks: a larger batch', async () => {
    await checkAgainstReference(await testDevice(), {
      inputs: [random([8, 12, 12, 24], 1), random([5, 5, 24], 2), random([24], 3)],
      run: ([x, weight, bias]) => depthwiseConv2d(x!, weight!, bias!, { stride: 2, padding: 2 }),
      reference: ([x, weight, bias]) =>
        reference.depthwiseConv2d(x!, weight!, { bias, stride: [2, 2], padding: [2, 2] }),
      directions: true,
    });
  });

  test.each([
    [
      [6, 11, 7, 32],
      [5, 5],
      [1, 1],
      [2, 2],
    ],
    [
      [6, 13, 9, 32],
      [3, 3],
      [2, 2],
      [1, 1],
    ],
    [
      [7, 12, 5, 32],
      [3, 2],
      [3, 2],
      [2, 1],
    ],
  ] as [[number, number, number, number], Pair, Pair, Pair][])(
    'tiles of several rows: %j, kernel %j, stride %j',
    async (shape, kernel, stride, padding) => {
      await checkAgainstReference(await testDevice(), {
        inputs: [random(shape, 1), random([...kernel, shape[3]], 2)],
        run: ([x, weight]) => depthwiseConv2d(x!, weight!, null, { stride, padding }),
        reference: ([x, weight]) => reference.depthwiseConv2d(x!, weight!, { stride, padding }),
        directions: true,
      });
    },
  );

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1));
    const x = make(1, 4, 4, 16);
    expect(() => depthwiseConv2d(x, make(3, 3, 24))).toThrow(
      'depthwiseConv2d: weight has 24 channels, but x has 16, which does not divide them',
    );
    expect(() => depthwiseConv2d(x, make(3, 3, 16, 1))).toThrow(
      /weight: got shape \[3, 3, 16, 1\], expected \[kh, kw, C\]/,
    );
    expect(() => depthwiseConv2d(x, make(7, 7, 16))).toThrow(/kernel of 7 x 7 .* does not fit/);
    expect(() => depthwiseConv2d(x, make(3, 3, 16), make(4))).toThrow(
      /bias has shape \[4\], expected \[16\]/,
    );
    expect(() => depthwiseConv2d(x, make(3, 3, 16), null, { padding: -1 })).toThrow(
      /padding: got -1, expected an integer >= 0/,
    );
    const whole = (...shape: number[]) => zeros(device, shape, 'u32');
    expect(() => depthwiseConv2d(x, whole(3, 3, 16))).toThrow(
      'depthwiseConv2d: weight: got a tensor of type u32, expected f32',
    );
    expect(() => depthwiseConv2d(x, make(3, 3, 16), whole(16))).toThrow(
      'depthwiseConv2d: bias: got a tensor of type u32, expected f32',
    );
  });

  test('cost counts every tap', () => {
    const shape = [1, 112, 112, 16];
    expect(depthwiseConv2dInfo.cost([shape, [3, 3, 16]], shape).macs).toBe(1_806_336);
  });
});
