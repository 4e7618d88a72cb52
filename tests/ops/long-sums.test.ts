// Sums over a quarter of a million numbers. A plain f32 sum by one thread is off by 1e-5 and more.
import { expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { ones, tensor } from '../../src/tensor/create.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { crossEntropy } from '../../src/tensor/ops/cross-entropy.ts';
import { globalAvgPool } from '../../src/tensor/ops/global-avg-pool.ts';
import { adaptiveAvgPool2d, avgPool2d } from '../../src/tensor/ops/pool2d.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { logSoftmax, softmax } from '../../src/tensor/ops/softmax.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { random } from '../reference/array.ts';
import { testDevice } from '../support/device.ts';

const SIDE = 512;
const COUNT = SIDE * SIDE;
const values = Float32Array.from(random([COUNT], 3, 0, 1).data);
const exps = values.map(Math.exp);
const total = (list: ArrayLike<number>) => Array.prototype.reduce.call(list, (a, b) => a + b, 0) as number;
const [all, partition] = [total(values), total(Float64Array.from(values, Math.exp))];
const image = [1, SIDE, SIDE, 1];

const labelOf = (x: Tensor) => tensor(x.device, Int32Array.of(5));
const gradientOf = (x: Tensor, y: Tensor, gradient?: Tensor): Tensor => {
  backward(y, gradient ? { gradient } : {});
  return x.grad as Tensor;
};
const cases: [name: string, shape: number[], (x: Tensor) => Tensor, first: number][] = [
  ['sum', [COUNT], (x) => sum(x), all],
  ['mean', [COUNT], (x) => mean(x), all / COUNT],
  ['globalAvgPool', image, (x) => globalAvgPool(x), all / COUNT],
  ['adaptiveAvgPool2d', image, (x) => adaptiveAvgPool2d(x, 1), all / COUNT],
  ['avgPool2d', image, (x) => avgPool2d(x, { kernelSize: SIDE }), all / COUNT],
  ['softmax', [COUNT], (x) => softmax(x), exps[0]! / partition],
  ['logSoftmax', [COUNT], (x) => logSoftmax(x), values[0]! - Math.log(partition)],
  ['crossEntropy', [1, COUNT], (x) => crossEntropy(x, labelOf(x)), Math.log(partition) - values[5]!],
  [
    'crossEntropy, soft labels',
    [1, COUNT],
    (x) => crossEntropy(x, tensor(x.device, new Float32Array(COUNT).fill(1 / COUNT), { shape: [1, COUNT] })),
    Math.log(partition) - all / COUNT,
  ],
  [
    'crossEntropy gradient',
    [1, COUNT],
    (x) => gradientOf(x, crossEntropy(x, labelOf(x))),
    exps[0]! / partition,
  ],
  [
    'softmax gradient',
    [COUNT],
    (x) => gradientOf(x, softmax(x), x.detach()),
    (exps[0]! / partition) * (values[0]! - total(values.map((v) => v * Math.exp(v))) / partition),
  ],
  [
    'logSoftmax gradient',
    [COUNT],
    (x) => gradientOf(x, logSoftmax(x), ones(x.device, [COUNT])),
    1 - (exps[0]! / partition) * COUNT,
  ],
];

test.each(cases)('%s', async (_, shape, run, first) => {
  const x = tensor(await testDevice(), values, { shape, requiresGrad: true });
  const y = await run(x).data();
  expect(Math.abs(y[0]! / first - 1)).toBeLessThan(5e-6);
});
