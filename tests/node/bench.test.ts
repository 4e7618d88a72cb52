// The arithmetic of the benchmarks. A test cannot check what they measure, but how they sum and compare it.
import { expect, test } from 'vitest';
import { median, spread } from '../../bench/lib/statistics.ts';
import { benchmarkWeights } from '../../bench/lib/weights.ts';
import { layerShapes, nameOf } from '../../bench/own/shapes.ts';
import { compareGradients, compareOutputs } from '../../bench/peers/compare.ts';
import { permute } from '../../bench/peers/weights.ts';
import { FerMobileNetV3 } from '../../src/index.ts';

test('medians and quartiles are interpolated, for any order of the samples', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, q1: 1.75, q3: 3.25, samples: 4 });
  expect(median([7])).toBe(7);
  expect(() => spread([])).toThrow('no samples');
});

test('the layer shapes cover the network: their multiply-accumulates plus those of the stem are its total', () => {
  const shapes = layerShapes(1, 224);
  const macs = shapes
    .filter(({ kind }) => kind !== 'batchNorm')
    .map(({ kind, outHeight, outWidth, inputs, outputs, kernel, times }) => {
      const each = kernel * kernel * (kind === 'pointwise' ? inputs : 1);
      return times * outHeight * outWidth * outputs * each;
    })
    .reduce((sum, n) => sum + n, 0);
  const stem = 112 * 112 * 16 * 27;
  const linear = 480 * 640 + 640 * 8;
  expect(macs + stem + linear).toBe(new FerMobileNetV3().summary(224).macsMerged);
  const strided = shapes.filter(({ kind, stride }) => kind === 'depthwise' && stride === 2).map(nameOf);
  expect(strided).toEqual([
    'depthwise 1x112x112x64 k3 s2',
    'depthwise 1x56x56x72 k5 s2',
    'depthwise 1x28x28x240 k3 s2',
    'depthwise 1x14x14x672 k5 s2',
  ]);
});

test('the weights for all libraries are the whole state, and equal each time', () => {
  const weights = benchmarkWeights();
  const model = new FerMobileNetV3();
  const parameters = [...model.namedParameters()].map(([name]) => name);
  expect(parameters.filter((name) => !weights.has(name))).toEqual([]);
  expect(weights.get('features.2.block.1.0.weight')?.shape).toEqual([64, 1, 3, 3]);
  expect(weights.get('features.2.block.0.0.weight')?.shape).toEqual([64, 16, 1, 1]);
  const name = 'features.16.0.weight';
  expect(benchmarkWeights().get(name)).toEqual(weights.get(name));
});

test('a wrong output or gradient is detected, and rounding is not', () => {
  expect(compareOutputs([1.0005, -2], [1, -2])).toMatchObject({ agrees: true });
  expect(compareOutputs([1.01, -2], [1, -2])).toMatchObject({ agrees: false });
  expect(compareOutputs([Number.NaN, -2], [1, -2])).toMatchObject({ agrees: false });
  expect(compareOutputs([1], [1, -2])).toMatchObject({ agrees: false });
  const of = (a: number, b: number) =>
    new Map([
      ['a', Float32Array.of(a, 1)],
      ['b', Float32Array.of(b, 0)],
      ['noise', Float32Array.of(a * 1e-7)],
    ]);
  expect(compareGradients(of(1.001, 2), of(1, 2))).toMatchObject({ parameters: 2, wrong: [] });
  expect(compareGradients(of(1, 2.2), of(1, 2))).toMatchObject({ wrong: ['b'], worstName: 'b' });
  expect(compareGradients(of(1, Number.NaN), of(1, 2)).wrong).toEqual(['b']);
  expect(compareGradients(new Map([['a', Float32Array.of(1, 1)]]), of(1, 2)).wrong).toEqual(['b']);
});

test('axes are permuted', () => {
  expect([...permute(Float32Array.of(0, 1, 2, 3, 4, 5), [2, 3], [1, 0])]).toEqual([0, 3, 1, 4, 2, 5]);
});
