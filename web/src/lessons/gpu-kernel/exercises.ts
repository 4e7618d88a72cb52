import { conv2d, type Device, type Kernel, type Tensor, tensor } from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head } from '../exercises/wgsl.ts';
import { workOf } from './work.ts';

const groups: NumberExercise = {
  id: 'groups',
  title: 'How many workgroups?',
  task: 'A pointwise layer has 28 × 28 pixels and 64 output channels. One thread computes 8 pixels × 8 channels, and a workgroup has 64 threads. How many workgroups must be started?',
  hints: [
    'There are 784 pixels, so 98 tiles of 8 pixels, and 8 tiles of 8 channels.',
    'The last workgroup need not be full, but it must be started.',
  ],
  unit: 'workgroups',
  answer: 13,
  solution:
    '98 · 8 = 784 threads. 784 / 64 = 12.25, so 13 workgroups; three quarters of the last one are idle.',
  async judge(_, value) {
    const { workgroups } = workOf({ name: 'pointwise', side: 28, channels: 64 }, { rows: 8, columns: 2 });
    return [isNear(value, workgroups, 0)];
  },
};

const roof: NumberExercise = {
  id: 'roof',
  title: 'The shortest possible time',
  task: 'A device moves 200 gigabytes per second (200 · 10⁹) and does 1,000 · 10⁹ multiply-adds per second. A depthwise 3 × 3 layer has 56 × 56 pixels and 64 channels. It must read its input and its weights and write its output, all in numbers of 4 bytes. What is the shortest possible time in microseconds?',
  hints: [
    'The input has 56 · 56 · 64 numbers, the output as many, and there are 9 · 64 weights.',
    'Compute two times: bytes / bandwidth and multiply-adds / rate. Both happen at the same time, so the longer one counts.',
    'The bytes are 4 · (2 · 200,704 + 576) = 1,607,936.',
  ],
  unit: 'µs',
  answer: 8.04,
  solution:
    'Bytes: 1,607,936 / (200 · 10⁹) s = 8.04 µs. Multiply-adds: 9 · 200,704 = 1,806,336, at 1,000 · 10⁹ per second 1.81 µs. The bandwidth is the lower roof, so 8.04 µs.',
  async judge(_, value) {
    const { bytes, macs } = workOf({ name: 'depthwise', side: 56, channels: 64 }, { rows: 1, columns: 1 });
    return [isNear(value, 1e6 * Math.max(bytes / 200e9, macs / 1000e9))];
  },
};

const tileKernel = (body: string) =>
  `${head('rows: u32, inner: u32, columns: u32, count: u32', ['x', 'w'], 'y')}// x: [rows, inner]; w: [inner, columns]; y: [rows, columns]; one thread per four rows and one column
${eachThread(`  let column = i % params.columns;
  let row = i / params.columns * 4u;
${body}`)}`;

function multiplyBy(kernel: Kernel, x: Tensor, w: Tensor): Tensor {
  const [, rows, , inner] = x.shape as [number, number, number, number];
  const columns = w.shape[3] as number;
  const count = Math.ceil(rows / 4) * columns;
  return apply(kernel, { x, w }, ['y', [1, rows, 1, columns]], { rows, inner, columns, count });
}

const matrices = (device: Device, rows: number, inner: number, columns: number): [x: Tensor, w: Tensor] => [
  tensor(device, noise(rows * inner, 1), { shape: [1, rows, 1, inner] }),
  tensor(device, noise(inner * columns, 2), { shape: [1, 1, inner, columns] }),
];

const tile: Exercise = {
  id: 'tile',
  title: 'Cut the loads of the weights to a quarter',
  task: 'Only a quarter of the threads is started: one per four rows (pixels) of y. But the code computes only the first of its four rows. Compute all four, and load each weight once for all of them. The number of rows need not be a multiple of four.',
  hints: [
    'Use four sums, for example var sum = vec4f(0.0), and load the weight into a variable before you use it four times.',
    'Row r of the tile reads x[(row + r) * params.inner + k] and writes y[(row + r) * params.columns + column], for r from 0 to 3.',
    'Rows from params.rows on do not exist. Reading past the end is harmless in WGSL, but write only if row + r < params.rows.',
  ],
  start: tileKernel(`  var sum = 0.0;
  for (var k = 0u; k < params.inner; k++) {
    sum += x[row * params.inner + k] * w[k * params.columns + column];
  }
  y[row * params.columns + column] = sum;`),
  solution: tileKernel(`  var sum = vec4f(0.0);
  for (var k = 0u; k < params.inner; k++) {
    let weight = w[k * params.columns + column];
    let at = row * params.inner + k;
    let step = params.inner;
    sum += weight * vec4f(x[at], x[at + step], x[at + 2u * step], x[at + 3u * step]);
  }
  for (var r = 0u; r < 4u; r++) {
    if (row + r < params.rows) { y[(row + r) * params.columns + column] = sum[r]; }
  }`),
  async judge(device, kernel) {
    const findings = [];
    for (const [rows, inner, columns] of [
      [8, 5, 4],
      [7, 3, 6],
      [1, 4, 2],
    ] as const) {
      const inputs = matrices(device, rows, inner, columns);
      findings.push(
        await using(inputs, async () => {
          const got = await valuesOf(() => multiplyBy(kernel, ...inputs));
          const wanted = await valuesOf(() => conv2d(...inputs));
          const at = (i: number) => `row ${Math.floor(i / columns)}, column ${i % columns}`;
          return compare(`${rows} rows, ${inner} inputs, ${columns} columns`, got, wanted, at);
        }),
      );
    }
    return findings;
  },
  race(device, kernel) {
    const inputs = matrices(device, 784, 64, 64);
    return {
      what: '28 × 28 pixels, 64 input and 64 output channels',
      inputs,
      own: () => void multiplyBy(kernel, ...inputs),
      library: () => void conv2d(...inputs),
    };
  },
};

export const exercises: readonly AnyExercise[] = [groups, roof, tile];
