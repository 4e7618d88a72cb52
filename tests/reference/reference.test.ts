import { describe, expect, it } from 'vitest';
import { from, type NdArray, random, randomNormal, zeros } from './array.ts';
import { expectClose } from './expect-close.ts';
import { numericGradient } from './numeric-gradient.ts';
import { type BinaryName, binaryDerivatives } from './ops/binary.ts';
import { type UnaryName, unaryDerivatives } from './ops/unary.ts';
import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  apply,
  avgPool2d,
  avgPoolAxis,
  batchNorm,
  centerLoss,
  combine,
  concat,
  conv2d,
  crossEntropy,
  depthwiseConv2d,
  globalAvgPool,
  groupNorm,
  layerNorm,
  linear,
  maxPool2d,
  maxPoolAxis,
  mul,
  reshape,
  slice,
  Value,
} from './tape.ts';

type Build = (...inputs: Value[]) => Value;

/** Compares the tape with central differences of the same forward loops, for every input. */
function checkGradients(inputs: NdArray[], build: Build): void {
  const values = inputs.map((input) => new Value(input));
  const out = build(...values);
  const seed = random(out.shape, 99);
  out.backward(seed.data);
  inputs.forEach((input, position) => {
    const expected = numericGradient((probe) => {
      const moved = build(...inputs.map((other, i) => new Value(i === position ? probe : other)));
      return moved.data.reduce((sum, value, i) => sum + value * seed.data[i]!, 0);
    }, input);
    expectClose(values[position]!.grad, expected, { rtol: 1e-6, atol: 1e-8, label: `input ${position}` });
  });
}

const labels = [2, 0, 2, 1];
const soft = from([4, 3], [0.2, 0.3, 0.5, 1, 0, 0, 0.1, 0.8, 0.1, 0, 0.5, 0.5]);
const normalized = [random([2, 3, 2, 5], 1), random([5], 2, 0.5, 1.5), random([5], 3)];

const cases: [string, NdArray[], Build][] = [
  ['conv2d', [random([2, 5, 4, 3], 1), random([3, 2, 3, 4], 2)], (x, w) => conv2d(x!, w!)],
  [
    'conv2d with stride, padding, dilation and bias',
    [random([2, 7, 6, 3], 1), random([3, 3, 3, 2], 2), random([2], 3)],
    (x, w, b) => conv2d(x!, w!, { stride: [2, 1], padding: [2, 1], dilation: [2, 1] }, b),
  ],
  [
    'depthwiseConv2d with stride, padding and bias',
    [random([2, 6, 5, 3], 1), random([5, 3, 3], 2), random([3], 3)],
    (x, w, b) => depthwiseConv2d(x!, w!, { stride: [2, 1], padding: [2, 1] }, b),
  ],
  ['linear', [random([3, 5], 1), random([5, 4], 2), random([4], 3)], (x, w, b) => linear(x!, w!, b)],
  [
    'maxPool2d',
    [random([2, 5, 6, 2], 1)],
    (x) => maxPool2d(x!, { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }),
  ],
  [
    'avgPool2d',
    [random([2, 5, 6, 2], 1)],
    (x) => avgPool2d(x!, { kernel: [3, 2], stride: [2, 1], padding: [1, 1] }),
  ],
  [
    'conv2d in groups, four sides of padding',
    [random([1, 4, 3, 6], 1), random([2, 3, 2, 9], 2)],
    (x, w) =>
      conv2d(x!, w!, {
        groups: 3,
        padding: [
          [0, 1],
          [2, 0],
        ],
      }),
  ],
  [
    'depthwiseConv2d, two filters per channel, dilation',
    [random([1, 5, 4, 3], 1), random([3, 2, 6], 2)],
    (x, w) => depthwiseConv2d(x!, w!, { dilation: [2, 1] }),
  ],
  [
    'maxPool2d, rounded up, dilation',
    [random([1, 5, 6, 2], 1)],
    (x) => maxPool2d(x!, { kernel: [2, 2], stride: [2, 2], dilation: [2, 1], ceilMode: true }),
  ],
  [
    'avgPool2d without padding in the mean, rounded up',
    [random([1, 5, 6, 2], 1)],
    (x) => avgPool2d(x!, { kernel: [2, 3], padding: [1, 1], ceilMode: true, countIncludePad: false }),
  ],
  ['adaptiveAvgPool2d', [random([1, 5, 3, 2], 1)], (x) => adaptiveAvgPool2d(x!, [3, 4])],
  ['adaptiveMaxPool2d', [random([1, 5, 3, 2], 1)], (x) => adaptiveMaxPool2d(x!, [3, 4])],
  [
    'groupNorm',
    [random([2, 2, 3, 6], 1), random([6], 2), random([6], 3)],
    (x, w, b) => groupNorm(x!, 3, w, b),
  ],
  [
    'layerNorm',
    [random([3, 2, 4], 1), random([2, 4], 2), random([2, 4], 3)],
    (x, w, b) => layerNorm(x!, 2, w, b),
  ],
  ['globalAvgPool', [random([2, 3, 4, 2], 1)], (x) => globalAvgPool(x!)],
  ['avgPoolAxis width', [random([2, 3, 4, 2], 1)], (x) => avgPoolAxis(x!, 'width')],
  ['avgPoolAxis height', [random([2, 3, 4, 2], 1)], (x) => avgPoolAxis(x!, 'height')],
  ['maxPoolAxis width', [random([2, 3, 4, 2], 1)], (x) => maxPoolAxis(x!, 'width')],
  ['maxPoolAxis height', [random([2, 3, 4, 2], 1)], (x) => maxPoolAxis(x!, 'height')],
  ['concat', [random([2, 3, 2], 1), random([2, 1, 2], 2)], (a, b) => concat([a!, b!, a!], 1)],
  ['slice', [random([5, 4, 3], 1)], (x) => slice(x!, [1, 0, 2], [5, 4, 3], [2, 3, 1])],
  ['reshape', [random([2, 6], 1)], (x) => reshape(x!, [3, 4])],
  [
    'mul of x by row and column scales',
    [random([2, 3, 4, 5], 1), random([2, 3, 1, 5], 2), random([2, 1, 4, 5], 3)],
    (x, rows, columns) => mul(mul(x!, rows!), columns!),
  ],
  ['a value used twice', [random([3, 2], 1)], (x) => mul(x!, x!)],
  ...(['none', 'relu', 'relu6', 'hardSwish', 'sigmoid', 'hardSigmoid'] as const).map(
    (activation): [string, NdArray[], Build] => [
      `batchNorm in training, ${activation}`,
      normalized,
      (x, gamma, beta) => batchNorm(x!, gamma!, beta!, { mode: 'train', eps: 1e-3, activation }).output,
    ],
  ),
  [
    'batchNorm in evaluation',
    normalized,
    (x, gamma, beta) => {
      const runningMean = random([5], 4);
      const runningVariance = random([5], 5, 0.5, 2);
      const options = {
        mode: 'eval',
        eps: 1e-5,
        runningMean,
        runningVariance,
        activation: 'hardSwish',
      } as const;
      return batchNorm(x!, gamma!, beta!, options).output;
    },
  ],
  ['crossEntropy of labels', [randomNormal([4, 3], 1)], (x) => crossEntropy(x!, labels)],
  [
    'crossEntropy of labels, smoothed and weighted',
    [randomNormal([4, 3], 1)],
    (x) => crossEntropy(x!, labels, { labelSmoothing: 0.1, classWeights: [1, 2, 0.5] }),
  ],
  [
    'crossEntropy of soft targets, smoothed and weighted',
    [randomNormal([4, 3], 1)],
    (x) => crossEntropy(x!, soft, { labelSmoothing: 0.2, classWeights: [1, 2, 0.5] }),
  ],
  ...(['learned', 'released'] as const).map((kind): [string, NdArray[], Build] => [
    `centerLoss ${kind}`,
    [random([4, 5], 1)],
    (x) => centerLoss(x!, labels, random([3, 5], 2), { kind, lambda: 0.4 }),
  ]),
];

describe('the tape against central differences', () => {
  it.each(cases)('%s', (_, inputs, build) => checkGradients(inputs, build));

  it.each(Object.keys(unaryDerivatives) as UnaryName[])('%s', (name) => {
    const positiveOnly = name === 'log' || name === 'sqrt';
    checkGradients([random([40], 7, positiveOnly ? 0.3 : -7, 7)], (x) => apply(name, x!));
  });

  it.each(Object.keys(binaryDerivatives) as BinaryName[])('%s with broadcasting', (name) => {
    const low = name === 'pow' ? 0.5 : 0.2;
    checkGradients([random([2, 1, 4], 1, low, 2), random([3, 1], 2, low, 2)], (a, b) =>
      combine(name, a!, b!),
    );
  });

  it('gives a tied maximum to the first element', () => {
    const x = new Value(from([1, 1, 3, 1], [2, 2, 1]));
    maxPoolAxis(x, 'width').backward();
    expect([...x.grad]).toEqual([1, 0, 0]);
  });
});

describe('expectClose', () => {
  it('names the worst element, its index and both values', () => {
    const expected = from([2, 2], [1, 2, 3, 4]);
    expect(() => expectClose([1, 2.9, 3, 5], expected, { label: 'y' })).toThrow(
      'y: 2 of 4 elements differ. Worst: element 1 (index [0, 1] of [2, 2]): got 2.9, expected 2,',
    );
  });

  it('accepts equal infinities and NaNs, and no other non-finite values', () => {
    expectClose([Number.POSITIVE_INFINITY, Number.NaN], [Number.POSITIVE_INFINITY, Number.NaN]);
    expect(() => expectClose([Number.NaN], [1])).toThrow('got NaN, expected 1');
    expect(() => expectClose([1], [Number.NaN])).toThrow('got 1, expected NaN');
    expect(() => expectClose([1e300], [Number.POSITIVE_INFINITY])).toThrow('expected Infinity');
    expect(() => expectClose(zeros([3]).data, zeros([2]))).toThrow('got 3 elements, expected 2');
  });
});
