// Kernels contain fewer copies of their code on adapters whose compiler is slow (`storeCopies` and `loadsTapsInLoop` of
// gpu/tuning.ts). No bit of a result may depend on that.
import { expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { zeros } from '../../src/tensor/create.ts';
import { depthwiseConv2d } from '../../src/tensor/ops/depthwise-conv2d.ts';
import { linear } from '../../src/tensor/ops/matmul.ts';
import { product } from '../../src/tensor/ops/matrix-product.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { random } from '../reference/array.ts';
import { bitsOf } from '../support/bits.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const CASES: [name: string, shapes: number[][], run: (inputs: Tensor[]) => Tensor][] = [
  ...[1, 5, 13, 33].map((rows): (typeof CASES)[number] => [
    `linear, ${rows} rows`,
    [[rows, 8], [8, 20], [20]],
    ([x, w, b]) => linear(x!, w!, b!),
  ]),
  [
    'depthwise convolution, 3 x 3',
    [
      [1, 5, 6, 4],
      [3, 3, 4],
    ],
    ([x, w]) => depthwiseConv2d(x!, w!, null, { padding: 1 }),
  ],
  [
    'depthwise convolution, 5 x 4, a stride, single channels',
    [
      [1, 9, 7, 3],
      [5, 4, 3],
    ],
    ([x, w]) => depthwiseConv2d(x!, w!, null, { stride: 2, padding: 2 }),
  ],
];

test.each(CASES)('%s: the number of copies of the code changes no bit', async (_, shapes, run) => {
  const device = await testDevice();
  const before = device.tuning;
  const results: Uint32Array[][] = [];
  try {
    for (const copies of [4, 8, 32]) {
      const depthwise = { ...before.depthwise, loadsTapsInLoop: copies === 4, skipsRows: copies !== 8 };
      device.tuning = { ...before, storeCopies: copies, depthwise };
      const leaves = shapes.map((shape, i) => onDevice(device, random(shape, i), true));
      const y = run(leaves);
      scope(() => backward(y, { gradient: onDevice(device, random(y.shape, 9)) }));
      const made = [y, ...leaves.map((leaf) => leaf.grad as Tensor)];
      results.push(await Promise.all(made.map(bitsOf)));
      for (const tensor of [y, ...leaves]) tensor.dispose();
    }
  } finally {
    device.tuning = before;
  }
  for (const other of results.slice(1)) expect(other).toEqual(results[0]);
});

test('the same with a residual, an activation and rows past the last tile', async () => {
  const device = await testDevice();
  const before = device.tuning;
  const sizes = { rows: 37, inner: 12, columns: 24 };
  const [x, w, residual] = [
    [37, 12],
    [12, 24],
    [37, 24],
  ].map((shape, i) => onDevice(device, random(shape, i)));
  const results: Uint32Array[] = [];
  try {
    for (const copies of [4, 8, 32]) {
      device.tuning = { ...before, storeCopies: copies };
      const y = zeros(device, [37, 24]);
      const epilogue = { norm: null, activation: 'hardSwish', residual: residual! } as const;
      noGrad(() => product('product', { x: x!, w: w!, y, epilogue }, sizes));
      results.push(await bitsOf(y));
      y.dispose();
    }
  } finally {
    device.tuning = before;
    for (const tensor of [x, w, residual]) tensor?.dispose();
  }
  for (const other of results.slice(1)) expect(other).toEqual(results[0]);
});
