import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/tensor/create.ts';
import { channelShuffle } from '../../src/tensor/ops/channel-shuffle.ts';
import { flip } from '../../src/tensor/ops/flip.ts';
import { type InterpolateOptions, interpolate } from '../../src/tensor/ops/interpolate.ts';
import { pad } from '../../src/tensor/ops/pad.ts';
import { from, random } from '../reference/array.ts';
import { gathered, paddedFrom, resample } from '../reference/ops/resample.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

type Pair = [number, number];

// input, options, output, scale
const cases: [number[], InterpolateOptions, Pair, Pair][] = [
  [[1, 3, 4, 4], { scaleFactor: 2 }, [6, 8], [1 / 2, 1 / 2]],
  [[2, 3, 4, 3], { scaleFactor: [3, 1.5] }, [9, 6], [1 / 3, 2 / 3]],
  [[1, 5, 7, 1], { size: [8, 3] }, [8, 3], [5 / 8, 7 / 3]],
  [[1, 7, 9, 5], { scaleFactor: 0.4 }, [2, 3], [2.5, 2.5]],
  [[1, 1, 1, 8], { size: 3 }, [3, 3], [1 / 3, 1 / 3]],
  [[1, 4, 3, 2], { size: 1 }, [1, 1], [4, 3]],
  [[1, 3, 8, 2], { scaleFactor: [1.25, 2.75] }, [3, 22], [0.8, 1 / 2.75]],
  [[1, 4, 3, 2], { size: [4, 3] }, [4, 3], [1, 1]],
  [[1, 5, 2, 2], { scaleFactor: [1.1, 2.3] }, [5, 4], [1 / 1.1, 1 / 2.3]],
];

describe('interpolate', () => {
  test.each(cases)('of %j, nearest, %j', async (shape, options, output, scales) => {
    const scale = scales.map((one, axis) => {
      const times = output[axis]! / shape[axis + 1]!;
      return times === 1 || times === 2 ? 1 / times : one;
    }) as Pair;
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 1)],
      run: ([x]) => interpolate(x!, options),
      reference: ([x]) => resample(x!, { output, scale, mode: 'nearest' }),
    });
  });

  test.each(cases)('of %j, bilinear, %j', async (shape, options, output, scales) => {
    const device = await testDevice();
    const scale = scales.map((one, axis) => (shape[axis + 1] === output[axis] ? 1 : one)) as Pair;
    await checkAgainstReference(device, {
      inputs: [random(shape, 1)],
      run: ([x]) => interpolate(x!, { ...options, mode: 'bilinear' }),
      reference: ([x]) => resample(x!, { output, scale, mode: 'bilinear' }),
    });
    const aligned = output.map((n, axis) => (n > 1 ? (shape[axis + 1]! - 1) / (n - 1) : 0)) as Pair;
    await checkAgainstReference(device, {
      inputs: [random(shape, 1)],
      run: ([x]) => interpolate(x!, { ...options, mode: 'bilinear', alignCorners: true }),
      reference: ([x]) => resample(x!, { output, scale: aligned, mode: 'bilinear', alignCorners: true }),
    });
  });

  // the values of torch.nn.functional.interpolate for [[1, 2], [3, 4]]
  test('the same values as PyTorch', async () => {
    const x = tensor(await testDevice(), [1, 2, 3, 4], { shape: [1, 2, 2, 1] });
    const values = async (options: InterpolateOptions) => [...(await interpolate(x, options).data())];
    expect(await values({ scaleFactor: [1.4, 2.3] })).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(await values({ scaleFactor: 2 })).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    const bilinear = await values({ scaleFactor: 2, mode: 'bilinear' });
    expect(bilinear).toEqual([
      1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4,
    ]);
    const aligned = await values({ size: [3, 3], mode: 'bilinear', alignCorners: true });
    expect(aligned).toEqual([1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4]);
  });

  test('errors state what is wrong', async () => {
    const x = onDevice(await testDevice(), random([1, 3, 3, 2], 1));
    for (const none of [{}, undefined as never]) {
      expect(() => interpolate(x, none)).toThrow(
        'interpolate: got neither size nor scaleFactor. Pass one of them.',
      );
    }
    expect(() => interpolate(x, { size: 2, scaleFactor: 2 })).toThrow('got both size and scaleFactor');
    expect(() => interpolate(x, { scaleFactor: 0 })).toThrow(
      'interpolate: scaleFactor: got 0, expected a number above 0',
    );
    expect(() => interpolate(x, { scaleFactor: 0.2 })).toThrow(
      'scaleFactor [0.2,0.2] leaves no pixels of 3 x 3',
    );
    expect(() => interpolate(x, { size: 2, alignCorners: true })).toThrow(
      "alignCorners: got true with mode 'nearest'",
    );
    expect(() => interpolate(x, { size: 2, mode: 'bicubic' as 'nearest' })).toThrow("mode: got 'bicubic'");
  });
});

describe('flip', () => {
  test.each([
    [[5], [0]],
    [[2, 3, 4, 5], [2]],
    [
      [2, 3, 4, 3],
      [1, -2],
    ],
    [[3, 4], []],
    [
      [2, 1, 3, 2, 2],
      [0, 2, 4],
    ],
  ])('of %j along %j', async (shape, dims) => {
    const axes = dims.map((dim) => (dim + shape.length) % shape.length);
    const sources = shape.map((n, axis) =>
      Array.from({ length: n }, (_, i) => (axes.includes(axis) ? n - 1 - i : i)),
    );
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 1)],
      run: ([x]) => flip(x!, dims),
      reference: ([x]) => gathered(x!, sources),
    });
  });

  test('integers, and invalid arguments', async () => {
    const x = tensor(await testDevice(), Uint32Array.of(1, 2, 3));
    expect([...(await flip(x, [0]).data())]).toEqual([3, 2, 1]);
    expect(() => flip(x, [1])).toThrow('flip: axis: got 1 for a tensor of rank 1');
    expect(() => flip(x, [0, -1])).toThrow('flip: dims: got [0,-1], expected each axis at most once');
    expect(() => flip(x, 0 as never)).toThrow('flip: dims: got 0, expected an array of axes');
  });
});

describe('pad', () => {
  test.each([
    [[4], [[2, 3]]],
    [
      [1, 3, 4, 2],
      [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 0],
      ],
    ],
    [
      [2, 5, 3],
      [
        [1, 1],
        [0, 4],
        [2, 2],
      ],
    ],
    [
      [2, 3],
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ] as [number[], Pair[]][])('of %j by %j, mirrored and repeated', async (shape, amounts) => {
    for (const mode of ['reflect', 'replicate'] as const) {
      await checkAgainstReference(await testDevice(), {
        inputs: [random(shape, 1)],
        run: ([x]) => pad(x!, amounts, { mode }),
        reference: ([x]) =>
          gathered(
            x!,
            shape.map((n, axis) => paddedFrom(n, amounts[axis]!, mode)),
          ),
      });
    }
  });

  test('one repeated pixel, and invalid arguments', async () => {
    const device = await testDevice();
    const x = onDevice(device, from([1, 2], [1, 2]));
    expect([
      ...(await pad(
        x,
        [
          [2, 0],
          [0, 3],
        ],
        { mode: 'replicate' },
      ).data()),
    ]).toEqual([1, 2, 2, 2, 2, 1, 2, 2, 2, 2, 1, 2, 2, 2, 2]);
    expect([
      ...(await pad(
        x,
        [
          [0, 0],
          [1, 0],
        ],
        { value: 7 },
      ).data()),
    ]).toEqual([7, 1, 2]);
    expect(() =>
      pad(
        x,
        [
          [0, 0],
          [2, 0],
        ],
        { mode: 'reflect' },
      ),
    ).toThrow("pad: mode 'reflect' along axis 1: got [2, 0] for 2 elements, expected less than 2");
    expect(() =>
      pad(
        x,
        [
          [0, 0],
          [1, 0],
        ],
        { mode: 'reflect', value: 7 },
      ),
    ).toThrow('pad: value: got 7');
    expect(() =>
      pad(
        x,
        [
          [0, 0],
          [1, 0],
        ],
        { mode: 'circular' as 'reflect' },
      ),
    ).toThrow("pad: mode: got 'circular'");
  });
});

describe('channelShuffle', () => {
  test.each([
    [[1, 2, 3, 6], 2, [0, 3, 1, 4, 2, 5]],
    [[2, 1, 2, 6], 3, [0, 2, 4, 1, 3, 5]],
    [[2, 4], 4, [0, 1, 2, 3]],
    [[2, 2, 4], 1, [0, 1, 2, 3]],
  ])('of %j in %i groups', async (shape, groups, order) => {
    const sources = shape.map((n, axis) =>
      axis === shape.length - 1 ? order : Array.from({ length: n }, (_, i) => i),
    );
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 1)],
      run: ([x]) => channelShuffle(x!, groups),
      reference: ([x]) => gathered(x!, sources),
    });
  });

  test('errors state what does not fit', async () => {
    const x = onDevice(await testDevice(), random([1, 2, 2, 6], 1));
    expect(() => channelShuffle(x, 4)).toThrow('channelShuffle: groups: got 4 for shape [1, 2, 2, 6]');
    expect(() => channelShuffle(x, 0)).toThrow('channelShuffle: groups: got 0, expected an integer >= 1');
  });
});
