import { centerLoss, type Kernel, mul, softmax, sub, sum, type Tensor, tensor } from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, numberOf, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head, withGradient } from '../exercises/wgsl.ts';

const softmaxKernel = (body: string) =>
  head('classes: u32, count: u32', ['z'], 'y') +
  `// z and y: [rows, classes]; one thread per row\n${eachThread(`  let first = i * params.classes;
${body}`)}`;

function softmaxBy(kernel: Kernel, z: Tensor): Tensor {
  const [rows, classes] = z.shape as [number, number];
  return apply(kernel, { z }, ['y', z.shape], { classes, count: rows });
}

const ROWS = [
  [0, 0, 0],
  [1, -2, 0.5],
  [1000, 999, 0],
  [-1000, -1001, -1000],
  [80, 89, 90],
  [0, -200, 200],
];

const overflow: Exercise = {
  id: 'softmax',
  title: 'A softmax that does not overflow',
  task: 'Softmax turns logits into probabilities: exp(z) divided by the sum of all exp(z) of the row. exp(89) is more than an f32 can hold, and a confident network has such logits. Make the kernel correct for every finite logit.',
  hints: [
    'Add the same number to all logits of a row: what happens to the probabilities?',
    'Nothing: the factor exp(shift) cancels. So choose a shift after which no exponent is above 0.',
    'Find the largest logit of the row first, and use exp(z − top) in both places.',
  ],
  start: softmaxKernel(`  var sum = 0.0;
  for (var k = 0u; k < params.classes; k++) { sum += exp(z[first + k]); }
  for (var k = 0u; k < params.classes; k++) { y[first + k] = exp(z[first + k]) / sum; }`),
  solution: softmaxKernel(`  var top = z[first];
  for (var k = 1u; k < params.classes; k++) { top = max(top, z[first + k]); }
  var sum = 0.0;
  for (var k = 0u; k < params.classes; k++) { sum += exp(z[first + k] - top); }
  for (var k = 0u; k < params.classes; k++) { y[first + k] = exp(z[first + k] - top) / sum; }`),
  async judge(device, kernel) {
    const z = tensor(device, Float32Array.from(ROWS.flat()), { shape: [ROWS.length, 3] });
    const got = await using([z], () => valuesOf(() => softmaxBy(kernel, z)));
    return ROWS.map((row, i) => {
      const top = Math.max(...row);
      const parts = row.map((value) => Math.exp(value - top));
      const sum = parts.reduce((a, b) => a + b, 0);
      return compare(
        `logits ${row.join(', ').replaceAll('-', '−')}`,
        got.slice(3 * i, 3 * i + 3),
        parts.map((part) => part / sum),
        (k) => `class ${k}`,
      );
    });
  },
  race(device, kernel) {
    const z = tensor(device, noise(4096 * 8), { shape: [4096, 8] });
    return {
      what: '4,096 rows of 8 logits',
      inputs: [z],
      own: () => void softmaxBy(kernel, z),
      library: () => void softmax(z),
    };
  },
};

const pullKernel = (body: string) =>
  head('features: u32, rows: u32, count: u32', ['f', 'labels: u32', 'centers', 'dy'], 'df') +
  `// f and df: [rows, features]; labels: [rows]; centers: [classes, features]; dy: one number\n${eachThread(`  let row = i / params.features;
  let feature = i % params.features;
${body}`)}`;

function pullBy(kernel: Kernel, f: Tensor, labels: Tensor, centers: Tensor, dy: Tensor): Tensor {
  const [rows, features] = f.shape as [number, number];
  return apply(kernel, { f, labels, centers, dy }, ['df', f.shape], { features, rows, count: f.size });
}

const pull: Exercise = {
  id: 'pull',
  title: 'The pull towards the correct center',
  task: 'The center loss is ½ · mean over the batch of |f − c|², where c is the center of the row’s class. Its gradient pulls each feature towards that center. This kernel pulls everything towards the first center, and too strongly. Fix both.',
  hints: [
    'Which class does this row have? labels[row] contains it.',
    'The centers are stored one after another, each with all its features: the index is class · features + feature.',
    'The mean over the batch divides by the number of rows; so does its gradient.',
  ],
  start: pullKernel('  df[i] = dy[0] * (f[i] - centers[feature]);'),
  solution: pullKernel(`  let center = centers[labels[row] * params.features + feature];
  df[i] = dy[0] * (f[i] - center) / f32(params.rows);`),
  async judge(device, kernel) {
    const labels = tensor(device, Uint32Array.of(2, 0, 1, 2, 2));
    const centers = tensor(device, noise(12, 5), { shape: [3, 4] });
    const op = withGradient(
      (f) => centerLoss(f, labels, centers, 'learned', 1),
      (f, dy) => pullBy(kernel, f, labels, centers, dy),
    );
    const f = tensor(device, noise(20), { shape: [5, 4] });
    return using([labels, centers], async () => [await checkSlopes(op, [f])]);
  },
  race(device, kernel) {
    const f = tensor(device, noise(64 * 640), { shape: [64, 640] });
    const labels = tensor(
      device,
      Uint32Array.from({ length: 64 }, (_, i) => i % 8),
    );
    const centers = tensor(device, noise(8 * 640, 2), { shape: [8, 640] });
    const dy = tensor(device, Float32Array.of(1));
    return {
      what: '64 embeddings of 640 numbers, against feathergrad’s kernel for loss and gradient together',
      inputs: [f, labels, centers, dy],
      own: () => void pullBy(kernel, f, labels, centers, dy),
      library: () => void centerLoss(f, labels, centers, 'learned', 1),
    };
  },
};

const byHand: NumberExercise = {
  id: 'by-hand',
  title: 'Compute a center loss by hand',
  task: 'A batch has one feature, (4, 5). The center of its class is (1, 1), and λ = 0.4. How large is the center part of the loss, λ · ½ · |f − c|²?',
  hints: ['f − c is (3, 4).', 'Its squared length is 9 + 16.'],
  answer: 5,
  solution: '0.4 · ½ · 25 = 5. The pull on the feature, its gradient, is λ (f − c) = (1.2, 1.6).',
  async judge(device, value) {
    const [f, c] = [tensor(device, [4, 5]), tensor(device, [1, 1])];
    const loss = await using([f, c], () =>
      numberOf(() => {
        const away = sub(f, c);
        return mul(sum(mul(away, away)), 0.4 / 2);
      }),
    );
    return [isNear(value, loss, 1e-4)];
  },
};

export const exercises: readonly AnyExercise[] = [overflow, pull, byHand];
