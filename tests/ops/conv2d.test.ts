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
  padding?: Pair | [Pair, Pair];
  dilation?: Pair;
  groups?: number;
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
  {
    name: 'four sides of padding',
    sizes: [1, 5, 6, 3, 8],
    kernel: [3, 2],
    stride: [2, 1],
    padding: [
      [0, 2],
      [3, 1],
    ],
  },
  {
    name: 'pointwise, padded below and on the right',
    sizes: [1, 3, 2, 4, 8],
    kernel: [1, 1],
    padding: [
      [0, 1],
      [0, 2],
    ],
  },
  {
    name: 'a kernel larger than the image',
    sizes: [1, 2, 3, 3, 4],
    kernel: [5, 4],
    padding: [
      [2, 1],
      [0, 3],
    ],
  },
  {
    name: 'patches: 5 x 3 kernel, stride 2 x 3, dilation 1 x 2',
    sizes: [2, 7, 8, 3, 16],
    kernel: [5, 3],
    stride: [2, 3],
    padding: [2, 2],
    dilation: [1, 2],
  },
  {
    name: 'patches: a multiple of four numbers, four sides of padding, several outputs per thread',
    sizes: [1, 9, 13, 4, 20],
    kernel: [3, 3],
    padding: [
      [0, 2],
      [3, 1],
    ],
  },
  {
    name: 'patches: a kernel larger than the image',
    sizes: [1, 2, 3, 1, 16],
    kernel: [5, 5],
    padding: [2, 2],
  },
  { name: '2 groups, wide', sizes: [2, 5, 4, 8, 16], kernel: [3, 3], padding: [1, 1], groups: 2 },
  { name: '2 groups of 3 to 4 channels', sizes: [1, 4, 5, 6, 8], kernel: [2, 3], stride: [2, 1], groups: 2 },
  {
    name: '3 groups of 5 to 3 channels',
    sizes: [1, 4, 5, 15, 9],
    kernel: [3, 3],
    padding: [1, 2],
    groups: 3,
  },
  {
    name: '2 groups of 9 to 12 channels, dilation',
    sizes: [1, 5, 6, 18, 24],
    kernel: [2, 2],
    dilation: [2, 3],
    padding: [1, 1],
    groups: 2,
  },
  { name: 'pointwise, 4 groups', sizes: [2, 3, 2, 8, 12], kernel: [1, 1], groups: 4 },
  {
    name: 'pointwise, 5 groups, stride 2',
    sizes: [1, 3, 4, 10, 15],
    kernel: [1, 1],
    stride: [2, 2],
    groups: 5,
  },
  { name: 'as many groups as channels', sizes: [2, 5, 6, 8, 8], kernel: [3, 3], padding: [1, 1], groups: 8 },
  {
    name: 'as many groups as channels, dilation, 5 channels',
    sizes: [1, 6, 7, 5, 5],
    kernel: [3, 2],
    stride: [1, 2],
    dilation: [2, 2],
    padding: [2, 0],
    groups: 5,
  },
  { name: '3 filters per channel', sizes: [1, 4, 5, 4, 12], kernel: [3, 3], stride: [2, 2], groups: 4 },
  { name: '4 filters per channel', sizes: [1, 4, 5, 3, 12], kernel: [2, 2], padding: [1, 1], groups: 3 },
  { name: 'pointwise with stride 2', sizes: [1, 5, 6, 4, 8], kernel: [1, 1], stride: [2, 2] },
];

describe('conv2d', () => {
  for (const { name, sizes, kernel, stride, padding, dilation, groups = 1 } of cases) {
    for (const withBias of [false, true]) {
      test(`${name}${withBias ? ', bias' : ''}`, async () => {
        const [n, h, w, inputs, outputs] = sizes;
        const x = random([n, h, w, inputs], 1);
        const weight = random([...kernel, inputs / groups, outputs], 2);
        const bias = random([outputs], 3);
        await checkAgainstReference(await testDevice(), {
          inputs: withBias ? [x, weight, bias] : [x, weight],
          run: ([x, weight, bias]) =>
            conv2d(x!, weight!, bias ?? null, { stride, padding, dilation, groups }),
          reference: ([x, weight, bias]) =>
            reference.conv2d(x!, weight!, { bias, stride, padding, dilation, groups }),
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
      // loops over every element would take minutes, so one random direction per input is checked
      directions: true,
    });
  });

  // input, kernel, stride, dilation, and what TensorFlow pads with SAME: the extra pixel below and on the right
  test.each([
    [
      [5, 6],
      [3, 3],
      [1, 1],
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
    ],
    [
      [5, 6],
      [2, 4],
      [1, 1],
      [1, 1],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      [5, 6],
      [3, 3],
      [2, 2],
      [1, 1],
      [
        [1, 1],
        [0, 1],
      ],
    ],
    [
      [7, 8],
      [5, 2],
      [2, 3],
      [1, 1],
      [
        [2, 2],
        [0, 0],
      ],
    ],
    [
      [7, 4],
      [1, 1],
      [2, 2],
      [1, 1],
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [
      [2, 7],
      [3, 3],
      [1, 2],
      [3, 2],
      [
        [3, 3],
        [2, 2],
      ],
    ],
    [
      [1, 1],
      [5, 2],
      [3, 1],
      [1, 1],
      [
        [2, 2],
        [0, 1],
      ],
    ],
  ] as [Pair, Pair, Pair, Pair, [Pair, Pair]][])(
    "padding 'same' of %j, kernel %j, stride %j, dilation %j",
    async ([h, w], kernel, stride, dilation, padding) => {
      const device = await testDevice();
      const x = onDevice(device, random([1, h, w, 3], 1));
      const weight = onDevice(device, random([...kernel, 3, 4], 2));
      const y = conv2d(x, weight, null, { stride, dilation, padding: 'same' });
      expect(y.shape).toEqual([1, Math.ceil(h / stride[0]), Math.ceil(w / stride[1]), 4]);
      const same = conv2d(x, weight, null, { stride, dilation, padding });
      expect(await y.data()).toEqual(await same.data());
    },
  );

  test("padding 'valid' is none, and other words are refused", async () => {
    const device = await testDevice();
    const x = onDevice(device, random([1, 4, 5, 3], 1));
    const weight = onDevice(device, random([3, 3, 3, 4], 2));
    const y = conv2d(x, weight, null, { padding: 'valid' });
    expect(await y.data()).toEqual(await conv2d(x, weight).data());
    for (const padding of [
      'SAME',
      [1, 2, 3],
      [[1, 2]],
      [[1, 2], [3]],
      [
        [1, -1],
        [0, 0],
      ],
      0.5,
    ]) {
      expect(() => conv2d(x, weight, null, { padding: padding as 'same' })).toThrow(
        /conv2d: padding: got .*, expected an integer >= 0, \[vertical, horizontal\], \[\[top, bottom\], \[left, right\]\], 'same' or 'valid'/,
      );
    }
  });

  test('groups that do not divide the channels are refused', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1));
    const x = make(1, 4, 4, 6);
    expect(() => conv2d(x, make(3, 3, 6, 8), null, { groups: 2 })).toThrow(
      'conv2d: weight [3, 3, 6, 8] with 2 groups has 12 input channels, but x [1, 4, 4, 6] has 6',
    );
    expect(() => conv2d(x, make(3, 3, 2, 8), null, { groups: 3 })).toThrow(
      'conv2d: groups: got 3 for 8 output channels, expected a divisor of them',
    );
    expect(() => conv2d(x, make(3, 3, 6, 8), null, { groups: 0 })).toThrow(
      'groups: got 0, expected an integer >= 1',
    );
  });

  test('the same bits at every run', async () => {
    const device = await testDevice();
    const x = onDevice(device, random([4, 9, 9, 8], 1));
    const weight = onDevice(device, random([3, 3, 8, 12], 2));
    const first = await conv2d(x, weight, null, { padding: 1 }).data();
    const second = await conv2d(x, weight, null, { padding: 1 }).data();
    expect(second).toEqual(first);
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1));
    const x = make(1, 4, 4, 3);
    expect(() => conv2d(x, make(3, 3, 8, 16))).toThrow(/has 8 input channels, but x \[1, 4, 4, 3\] has 3/);
    expect(() => conv2d(x, make(3, 3, 3))).toThrow(
      /weight: got shape \[3, 3, 3\], expected \[kh, kw, Cin \/ groups, Cout\]/,
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
