import { describe, expect, test } from 'vitest';
import { convTranspose2d, convTranspose2dInfo } from '../../src/tensor/ops/conv-transpose2d.ts';
import { random } from '../reference/array.ts';
import { convTranspose2d as reference } from '../reference/ops/convolution.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

type Pair = [number, number];
interface Options {
  stride?: Pair;
  padding?: Pair;
  outputPadding?: Pair;
  dilation?: Pair;
  groups?: number;
}

// [N, H, W, Cin], Cout, kernel
const cases: [number[], number, Pair, Options][] = [
  [[1, 3, 4, 8], 4, [3, 3], {}],
  [[2, 3, 4, 3], 5, [3, 2], { stride: [2, 3], padding: [1, 0] }],
  [[1, 4, 3, 4], 8, [4, 4], { stride: [2, 2], padding: [1, 1] }],
  [[1, 3, 3, 2], 3, [3, 3], { stride: [2, 2], padding: [1, 1], outputPadding: [1, 1] }],
  [[1, 2, 3, 4], 4, [2, 3], { stride: [3, 2], outputPadding: [2, 0], dilation: [2, 1] }],
  [[1, 3, 2, 4], 4, [2, 2], { dilation: [3, 2], outputPadding: [2, 1] }],
  [[2, 3, 3, 8], 12, [3, 3], { stride: [2, 1], padding: [1, 1], groups: 4 }],
  [[1, 3, 4, 6], 9, [2, 2], { stride: [2, 2], groups: 3 }],
  [[1, 3, 4, 5], 5, [3, 3], { stride: [2, 2], padding: [1, 1], groups: 5 }],
  [[1, 4, 4, 8], 8, [4, 4], { stride: [2, 2], padding: [1, 1], outputPadding: [1, 0], groups: 8 }],
  [[1, 3, 2, 8], 4, [1, 1], {}],
  [[1, 3, 2, 3], 5, [1, 1], { stride: [2, 2] }],
  [[1, 1, 1, 3], 2, [5, 4], { padding: [2, 0] }],
  [[1, 1, 1, 1], 1, [2, 2], { stride: [4, 4], outputPadding: [3, 1] }],
];

describe('convTranspose2d', () => {
  test.each(cases)('of %j to %i channels, kernel %j, %j', async (shape, outputs, kernel, options) => {
    const { groups = 1 } = options;
    await checkAgainstReference(await testDevice(), {
      inputs: [random(shape, 1), random([...kernel, outputs / groups, shape[3]!], 2), random([outputs], 3)],
      run: ([x, weight, bias]) => convTranspose2d(x!, weight!, bias!, options),
      reference: ([x, weight, bias]) => reference(x!, weight!, { bias, ...options }),
    });
  });

  test('errors state what does not fit', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1));
    const x = make(1, 3, 3, 4);
    expect(() => convTranspose2d(x, make(3, 3, 4, 8))).toThrow(
      'convTranspose2d: weight [3, 3, 4, 8] has 8 input channels, but x [1, 3, 3, 4] has 4',
    );
    expect(() => convTranspose2d(x, make(3, 3, 4))).toThrow(
      'weight: got shape [3, 3, 4], expected [kh, kw, Cout / groups, Cin]',
    );
    expect(() => convTranspose2d(x, make(3, 3, 2, 4), make(2), { outputPadding: 1 })).toThrow(
      'convTranspose2d: outputPadding: got [1, 1], expected less than stride [1, 1] or dilation [1, 1]',
    );
    expect(() => convTranspose2d(x, make(1, 1, 2, 4), null, { padding: 2 })).toThrow(
      'padding [2, 2] leaves an output of -1 x -1',
    );
    expect(() => convTranspose2d(x, make(3, 3, 2, 4), null, { groups: 3 })).toThrow(
      'groups: got 3 for 4 input channels',
    );
    expect(() => convTranspose2d(x, make(3, 3, 2, 4), make(4))).toThrow('bias has shape [4], expected [2]');
    expect(() => convTranspose2d(x, make(3, 3, 2, 4), null, { padding: 'same' as never })).toThrow(
      "convTranspose2d: padding: got 'same'",
    );
  });

  test('cost counts every tap of every input pixel', () => {
    const shapes = [
      [2, 4, 4, 8],
      [3, 3, 5, 8],
    ];
    expect(convTranspose2dInfo.cost(shapes, [2, 9, 9, 5]).macs).toBe(2 * 16 * 8 * 9 * 5);
  });
});
