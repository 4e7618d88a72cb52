import { describe, expect, test } from 'vitest';
import { linear, linearInfo, matmul, matmulInfo } from '../../src/tensor/ops/matmul.ts';
import { type NdArray, random } from '../reference/array.ts';
import * as reference from '../reference/ops/matmul.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const products: [string, number[], number[]][] = [
  ['one number', [1, 1], [1, 1]],
  ['multiples of four', [12, 8], [8, 16]],
  ['odd sizes', [5, 15], [15, 21]],
  ['odd inner, columns a multiple of four', [9, 21], [21, 12]],
  ['inner a multiple of four, odd columns', [7, 12], [12, 15]],
  ['a row times a matrix', [1, 6], [6, 4]],
  ['a matrix times a column', [9, 6], [6, 1]],
  ['one matrix for a whole batch', [2, 3, 5, 8], [8, 12]],
  ['batches alike', [3, 4, 5], [3, 5, 6]],
  ['a broadcast over b', [4, 5], [3, 5, 8]],
  ['b broadcast along one axis', [2, 3, 4, 5], [1, 3, 5, 2]],
  ['both broadcast', [3, 1, 2, 4], [1, 2, 4, 3]],
  ['a of one matrix in more axes than b', [1, 1, 4, 5], [2, 5, 3]],
  ['b of one matrix in more axes than a', [4, 5], [1, 1, 5, 3]],
  ['four batch axes', [2, 1, 2, 1, 3, 2], [1, 2, 1, 2, 2, 3]],
];

describe('matmul', () => {
  for (const [name, a, b] of products) {
    test(`${name}: [${a}] x [${b}]`, async () => {
      await checkAgainstReference(await testDevice(), {
        inputs: [random(a, 1), random(b, 2)],
        run: ([a, b]) => matmul(a!, b!),
        reference: ([a, b]) => reference.matmul(a!, b!),
      });
    });
  }

  // [shape of a, of b, of the result by PyTorch]
  test.each([
    [[5], [5], []],
    [[5], [5, 7], [7]],
    [[6, 8], [8], [6]],
    [[4], [2, 3, 4, 5], [2, 3, 5]],
    [[2, 3, 4, 5], [5], [2, 3, 4]],
    [[1], [1], []],
  ])('vectors: [%s] x [%s]', async (a, b, shape) => {
    const matrix = (x: NdArray, axis: number) =>
      x.shape.length > 1 ? x : { ...x, shape: x.shape.toSpliced(axis, 0, 1) };
    await checkAgainstReference(await testDevice(), {
      inputs: [random(a, 1), random(b, 2)],
      run: ([a, b]) => matmul(a!, b!),
      reference: ([a, b]) => ({ ...reference.matmul(matrix(a!, 0), matrix(b!, 1)), shape }),
    });
  });

  test('a tensor times itself', async () => {
    await checkAgainstReference(await testDevice(), {
      inputs: [random([5, 5], 1)],
      run: ([a]) => matmul(a!, a!),
      reference: ([a]) => reference.matmul(a!, a!),
    });
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1));
    expect(() => matmul(make(2, 3), make(4, 5))).toThrow(
      /a \[2, 3\] has 3 columns, but b \[4, 5\] has 4 rows/,
    );
    expect(() => matmul(make(), make(3, 5))).toThrow('matmul: a has shape [], expected one or more axes');
    expect(() => matmul(make(3), make(4))).toThrow('a [1, 3] has 3 columns, but b [4, 1] has 4 rows');
    expect(() => matmul(make(2, 2, 3), make(3, 3, 5))).toThrow(/do not broadcast/);
    expect(() => matmul(make(2, 1, 1, 1, 1, 2, 3), make(2, 1, 1, 1, 1, 3, 2))).toThrow(/expected at most 4/);
  });

  test('cost', () => {
    expect(
      matmulInfo.cost(
        [
          [2, 3, 4],
          [4, 5],
        ],
        [2, 3, 5],
      ),
    ).toEqual({ macs: 120, bytes: 4 * (24 + 20 + 30) });
  });
});

describe('linear', () => {
  const layers: [string, number[], number][] = [
    ['multiples of four', [6, 12], 8],
    ['the classifier: few rows, many columns', [3, 48], 64],
    ['eight classes from an odd width', [5, 15], 8],
    ['seven classes', [2, 16], 7],
    ['one vector', [12], 4],
    ['more axes in front', [2, 3, 5, 4], 21],
  ];
  for (const [name, shape, outputs] of layers) {
    for (const withBias of [false, true]) {
      test(`${name}${withBias ? ', bias' : ''}`, async () => {
        const x = random(shape, 1);
        const weight = random([shape.at(-1)!, outputs], 2);
        const bias = random([outputs], 3);
        await checkAgainstReference(await testDevice(), {
          inputs: withBias ? [x, weight, bias] : [x, weight],
          run: ([x, weight, bias]) => linear(x!, weight!, bias),
          reference: ([x, weight, bias]) => reference.linear(x!, weight!, bias),
        });
      });
    }
  }

  test.each([
    [24, 16],
    [15, 21],
  ])('many chunks: 2,000 rows, %i to %i', async (inputs, outputs) => {
    await checkAgainstReference(await testDevice(), {
      inputs: [random([2000, inputs], 1), random([inputs, outputs], 2), random([outputs], 3)],
      run: ([x, weight, bias]) => linear(x!, weight!, bias),
      reference: ([x, weight, bias]) => reference.linear(x!, weight!, bias),
      directions: true,
    });
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const make = (...shape: number[]) => onDevice(device, random(shape, 1));
    expect(() => linear(make(2, 3), make(4, 5))).toThrow(/has width 3, but weight \[4, 5\] needs 4/);
    expect(() => linear(make(2, 4), make(4, 5), make(4))).toThrow(/bias has shape \[4\], expected \[5\]/);
    expect(() => linear(make(2, 4), make(4))).toThrow(/weight: got shape \[4\], expected \[in, out\]/);
  });

  test('cost of the classifier', () => {
    expect(
      linearInfo.cost(
        [
          [1, 480],
          [480, 640],
        ],
        [1, 640],
      ).macs,
    ).toBe(307_200);
  });
});
