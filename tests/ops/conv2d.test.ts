import { describe, expect, test } from 'vitest';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { conv2d, conv2dInfo } from '../../src/tensor/ops/conv2d.ts';
import { random } from '../reference/array.ts';
import * as reference from '../reference/ops/convolution.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

type Pair = [number, number];

interface Case {
  name: string;
  /** N, H, W, Cin, Cout */
  sizes: [number, number, number, number, number];
  kernel: Pair;
  stride?: Pair;
  padding?: Pair;
  dilation?: Pair;
}

const cases: Case[] = [
  {
    name: 'the stem: 3 to 16 channels, stride 2',
    sizes: [2, 9, 11, 3, 16],
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1],
  },
  { name: 'one pixel, one channel', sizes: [1, 1, 1, 1, 1], kernel: [1, 1] },
  { name: 'one pixel under a padded 3 x 3', sizes: [1, 1, 1, 5, 3], kernel: [3, 3], padding: [1, 1] },
  {
    name: '1 x 3 kernel, stride along the width',
    sizes: [2, 5, 7, 4, 6],
    kernel: [1, 3],
    stride: [1, 2],
    padding: [0, 1],
  },
  {
    name: '5 x 3 kernel, stride 2 x 3, dilation 1 x 2',
    sizes: [1, 7, 8, 3, 4],
    kernel: [5, 3],
    stride: [2, 3],
    padding: [2, 2],
    dilation: [1, 2],
  },
  {
    name: 'even kernel, dilation 2, 15 channels',
    sizes: [1, 5, 7, 2, 15],
    kernel: [2, 4],
    padding: [1, 3],
    dilation: [2, 2],
  },
  {
    name: 'stride over the kernel: pixels nobody sees',
    sizes: [1, 5, 5, 3, 4],
    kernel: [2, 2],
    stride: [4, 3],
  },
  {
    name: 'more padding than kernel',
    sizes: [1, 3, 3, 2, 8],
    kernel: [3, 3],
    stride: [2, 2],
    padding: [3, 4],
  },
  { name: 'pointwise, multiples of four', sizes: [2, 3, 5, 12, 8], kernel: [1, 1] },
  { name: 'pointwise, 15 to 21 channels', sizes: [1, 3, 4, 15, 21], kernel: [1, 1] },
  { name: 'pointwise, 21 to 16 channels', sizes: [1, 3, 3, 21, 16], kernel: [1, 1] },
  { name: 'pointwise, 8 to 3 channels', sizes: [1, 5, 2, 8, 3], kernel: [1, 1] },
  { name: 'pointwise with stride 2', sizes: [1, 5, 6, 4, 8], kernel: [1, 1], stride: [2, 2] },
];

describe('conv2d', () => {
  for (const { name, sizes, kernel, stride, padding, dilation } of cases) {
    for (const withBias of [false, true]) {
      test(`${name}${withBias ? ', bias' : ''}`, async () => {
        const [n, h, w, inputs, outputs] = sizes;
        const x = random([n, h, w, inputs], 1);
        const weight = random([...kernel, inputs, outputs], 2);
        const bias = random([outputs], 3);
        await checkAgainstReference(await testDevice(), {
          inputs: withBias ? [x, weight, bias] : [x, weight],
          run: ([x, weight, bias]) => conv2d(x!, weight!, bias ?? null, { stride, padding, dilation }),
          reference: ([x, weight, bias]) =>
            reference.conv2d(x!, weight!, { bias, stride, padding, dilation }),
        });
      });
    }
  }

  test('many chunks: the weight gradient of a larger batch', async () => {
    await checkAgainstReference(await testDevice(), {
      inputs: [random([8, 24, 24, 3], 1), random([3, 3, 3, 16], 2), random([16], 3)],
      run: ([x, weight, bias]) => conv2d(x!, weight!, bias!, { stride: 2, padding: 1 }),
      reference: ([x, weight, bias]) =>
        reference.conv2d(x!, weight!, { bias, stride: [2, 2], padding: [1, 1] }),
      // loops over every element would take minutes: one random direction an input
      directions: true,
    });
  });

  test('the same bits at every run', async () => {
    const device = await testDevice();
    const x = onDevice(device, random([4, 9, 9, 8], 1));
    const weight = onDevice(device, random([3, 3, 8, 12], 2));
    const first = await conv2d(x, weight, null, { padding: 1 }).data();
    const second = await conv2d(x, weight, null, { padding: 1 }).data();
    expect(second).toEqual(first);
  });

  test('says what does not fit', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1));
    const x = make(1, 4, 4, 3);
    expect(() => conv2d(x, make(3, 3, 8, 16))).toThrow(/has 8 input channels, but x \[1, 4, 4, 3\] has 3/);
    expect(() => conv2d(x, make(3, 3, 3))).toThrow(
      /weight: got shape \[3, 3, 3\], expected \[kh, kw, Cin, Cout\]/,
    );
    expect(() => conv2d(make(4, 4, 3), make(3, 3, 3, 8))).toThrow(/expected images \[N, H, W, C\]/);
    expect(() => conv2d(x, make(5, 5, 3, 8))).toThrow(/kernel of 5 x 5 .* does not fit an input of 4 x 4/);
    expect(() => conv2d(x, make(3, 3, 3, 8), make(3))).toThrow(/bias has shape \[3\], expected \[8\]/);
    expect(() => conv2d(x, make(3, 3, 3, 8), null, { stride: 0 })).toThrow(
      /stride: got 0, expected an integer >= 1/,
    );
    const labels = tensor(device, new Uint32Array(48), { shape: [1, 4, 4, 3] });
    expect(() => conv2d(labels, make(3, 3, 3, 8))).toThrow(/got a tensor of type u32/);
    const whole = (...shape: number[]) => zeros(device, shape, 'i32');
    const weight = 'conv2d: weight: got a tensor of type i32, expected f32';
    expect(() => conv2d(x, whole(3, 3, 3, 8))).toThrow(weight);
    expect(() => conv2d(x, whole(1, 1, 3, 8))).toThrow(weight);
    expect(() => conv2d(x, make(1, 1, 3, 8), whole(8))).toThrow('conv2d: bias: got a tensor of type i32');
  });

  test('cost counts every tap', () => {
    const cost = conv2dInfo.cost(
      [
        [1, 224, 224, 3],
        [3, 3, 3, 16],
      ],
      [1, 112, 112, 16],
    );
    expect(cost.macs).toBe(5_419_008);
  });
});
