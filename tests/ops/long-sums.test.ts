// Sums over a quarter of a million numbers. A plain f32 sum by one thread is off by 1e-5 and more.
import { expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { ones, tensor } from '../../src/tensor/create.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { crossEntropy } from '../../src/tensor/ops/cross-entropy.ts';
import { globalAvgPool } from '../../src/tensor/ops/global-avg-pool.ts';
import { matmul } from '../../src/tensor/ops/matmul.ts';
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

// more than 2^16 terms per element; in the second case not a multiple of the length of a chunk
test.each([
  [
    [2, 200_000],
    [200_000, 1],
  ],
  [[81_920], [81_920, 3]],
  [[2, 1, 70_001], [70_001]],
])('matmul of %j and %j, and its gradients', async (a, b) => {
  const device = await testDevice();
  const [inner, columns] = [a.at(-1)!, b.length > 1 ? b[1]! : 1];
  const [left, right] = [random(a, 1, 0, 1), random(b, 2, 0, 1)];
  const [x, w] = [left, right].map(({ shape, data }) =>
    tensor(device, Float32Array.from(data), { shape, requiresGrad: true }),
  ) as [Tensor, Tensor];
  using y = matmul(x, w);
  expect(y.shape).toEqual([...a.slice(0, -1), ...b.slice(1)]);
  const got = await y.data();
  for (let i = 0; i < got.length; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let expected = 0;
    for (let k = 0; k < inner; k++) {
      expected += Math.fround(left.data[row * inner + k]!) * Math.fround(right.data[k * columns + column]!);
    }
    expect(Math.abs(got[i]! / expected - 1)).toBeLessThan(1e-6);
  }
  backward(sum(y));
  // dx = the sums over the columns of w, dw = the sums over the rows of x
  const [dx, dw] = [await x.grad!.data(), await w.grad!.data()];
  for (const k of [0, 4095, 4096, inner - 1]) {
    const ofW = total(right.data.slice(k * columns, (k + 1) * columns));
    const ofX = total(left.data.filter((_, i) => i % inner === k));
    expect([dx[k], dw[k * columns]]).toEqual([expect.closeTo(ofW, 5), expect.closeTo(ofX, 5)]);
  }
  for (const each of [x, w]) each.dispose();
});

test.each(cases)('%s', async (_, shape, run, first) => {
  const x = tensor(await testDevice(), values, { shape, requiresGrad: true });
  const y = await run(x).data();
  expect(Math.abs(y[0]! / first - 1)).toBeLessThan(5e-6);
});
