import {
  add,
  batchNorm,
  full,
  type Kernel,
  mean,
  mul,
  noGrad,
  ones,
  pow,
  scope,
  sub,
  type Tensor,
  tensor,
  zeros,
} from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head, withGradient } from '../exercises/wgsl.ts';

const EPS = 1e-3;

const momentsKernel = (body: string) =>
  head('rows: u32, count: u32', ['x'], 'y') +
  `// y: the mean of each channel, then the variance of each channel; x: [rows, channels]\n${eachThread(body)}`;

const moments = (kernel: Kernel, x: Tensor, rows: number, channels: number) =>
  apply(kernel, { x }, ['y', [2, channels]], { rows, count: channels });

const variance: Exercise = {
  id: 'variance',
  title: 'A variance that survives a large mean',
  task: 'One thread computes mean and variance of one channel. The code uses mean(x²) − mean(x)². Around a mean of 4,000 both terms are near 16 million, an f32 keeps seven digits, and the difference of 1 is lost. Compute the variance another way. You may read the numbers twice.',
  hints: [
    'The loss happens when two large, nearly equal numbers are subtracted. Subtract earlier, while the numbers are exact.',
    'First pass: the mean. Second pass: the sum of (x − mean)².',
    'One pass also works: Welford’s update. With d = x − mean: mean += d / n, then m2 += d · (x − mean).',
  ],
  start: momentsKernel(`  var sum = 0.0;
  var squares = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    let v = x[row * params.count + i];
    sum += v;
    squares += v * v;
  }
  let n = f32(params.rows);
  let mean = sum / n;
  y[i] = mean;
  y[params.count + i] = squares / n - mean * mean;`),
  solution: momentsKernel(`  let n = f32(params.rows);
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) { sum += x[row * params.count + i]; }
  let mean = sum / n;
  var squares = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    let away = x[row * params.count + i] - mean;
    squares += away * away;
  }
  y[i] = mean;
  y[params.count + i] = squares / n;`),
  async judge(device, kernel) {
    const [rows, channels] = [300, 3];
    return Promise.all(
      [0, 4000, -30_000].map(async (middle) => {
        const values = noise(rows * channels).map((v) => middle + 1.7 * v);
        const x = tensor(device, values);
        const got = await using([x], () => valuesOf(() => moments(kernel, x, rows, channels)));
        const means = Array.from({ length: channels }, (_, c) => average(values, c, channels, (v) => v));
        const variances = means.map((mean, c) => average(values, c, channels, (v) => (v - mean) ** 2));
        return compare(
          `numbers around ${middle.toLocaleString('en-US')}`,
          got,
          [...means, ...variances],
          (i) => `${i < channels ? 'mean' : 'variance'} of channel ${i % channels}`,
          { relative: 1e-3, absolute: 1e-3 },
        );
      }),
    );
  },
  race(device, kernel) {
    const [rows, channels] = [4096, 64];
    const x = tensor(device, noise(rows * channels), { shape: [rows, channels] });
    return {
      what: `4,096 × 64 numbers, your mean and variance against feathergrad’s mean`,
      inputs: [x],
      own: () => void moments(kernel, x, rows, channels),
      library: () => void mean(x, 0),
    };
  },
};

/** The mean of fn(value) over the rows of a channel. */
function average(values: Float32Array, channel: number, channels: number, fn: (v: number) => number): number {
  let sum = 0;
  for (let i = channel; i < values.length; i += channels) sum += fn(values[i] as number);
  return (sum * channels) / values.length;
}

const gradientKernel = (body: string) =>
  head('rows: u32, count: u32', ['x', 'dy', 'mean', 'inverse'], 'dx') +
  `// x, dy, dx: [rows, channels]; mean and inverse = 1 / sqrt(variance + eps): one per channel; gamma is 1\n${eachThread(body)}`;

const ties: Exercise = {
  id: 'ties',
  title: 'The two terms that the gradient lacks',
  task: 'In training y = (x − mean) / √(variance + ε), and mean and variance depend on every x of the channel. This kernel treats them as constants, so each slope lacks two terms: one for the mean and one for the variance. Add them. One thread computes one channel.',
  hints: [
    'Raise every x of a channel by the same amount: y does not change, so all dx of a channel must sum to 0. What do you have to subtract from dy?',
    'Stretch every x away from the mean: y does not change either, except for ε. So dx must not point along the normalized values n = (x − mean) · inverse.',
    'dx = inverse · (dy − mean(dy) − n · mean(dy · n)). Sum both means in a first loop over the rows.',
  ],
  start: gradientKernel(`  for (var row = 0u; row < params.rows; row++) {
    let at = row * params.count + i;
    dx[at] = inverse[i] * dy[at];
  }`),
  solution: gradientKernel(`  var sum = 0.0;
  var along = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    let at = row * params.count + i;
    sum += dy[at];
    along += dy[at] * (x[at] - mean[i]) * inverse[i];
  }
  let n = f32(params.rows);
  for (var row = 0u; row < params.rows; row++) {
    let at = row * params.count + i;
    let normal = (x[at] - mean[i]) * inverse[i];
    dx[at] = inverse[i] * (dy[at] - sum / n - normal * along / n);
  }`),
  async judge(device, kernel) {
    const x = tensor(device, noise(28), { shape: [7, 4] });
    const vectors = [ones(device, [4]), zeros(device, [4]), zeros(device, [4]), ones(device, [4])];
    const op = withGradient(
      (x) => normalized(x, vectors),
      (x, dy) => gradientBy(kernel, x, dy),
    );
    return using(vectors, async () => [await checkSlopes(op, [x])]);
  },
  race(device, kernel) {
    const [rows, channels] = [4096, 64];
    const [x, dy] = [1, 2].map((seed) =>
      tensor(device, noise(rows * channels, seed), { shape: [rows, channels] }),
    );
    const inputs = [x, dy, zeros(device, [channels]), ones(device, [channels])] as Tensor[];
    const vectors = scope(() => [ones(device, [channels]), zeros(device, [channels])]) as Tensor[];
    return {
      what: '4,096 × 64 numbers, your gradient against feathergrad’s forward pass',
      inputs: [...inputs, ...vectors],
      own: () => void gradientOf(kernel, inputs),
      library: () => void normalized(inputs[0] as Tensor, [...vectors, ...inputs.slice(2)]),
    };
  },
};

function normalized(x: Tensor, [gamma, beta, mean, variance]: readonly Tensor[]): Tensor {
  const running = { mean: mean as Tensor, variance: variance as Tensor };
  const options = { training: true, eps: EPS, momentum: 0, activation: 'none' } as const;
  return batchNorm(x, gamma as Tensor, beta as Tensor, running, options);
}

function gradientBy(kernel: Kernel, x: Tensor, dy: Tensor): Tensor {
  return scope(() => {
    const middle = noGrad(() => mean(x, 0, true));
    const away = sub(x, middle);
    const inverse = pow(add(mean(mul(away, away), 0), EPS), -0.5);
    return gradientOf(kernel, [x, dy, middle, inverse]);
  });
}

function gradientOf(kernel: Kernel, [x, dy, mean, inverse]: readonly Tensor[]): Tensor {
  const [rows, count] = (x as Tensor).shape as [number, number];
  const read = { x, dy, mean, inverse } as Record<string, Tensor>;
  return apply(kernel, read, ['dx', [rows, count]], { rows, count });
}

const byHand: NumberExercise = {
  id: 'by-hand',
  title: 'Normalize four numbers by hand',
  task: 'The batch of one channel is 2, 4, 6, 8. With γ = 2, β = 1 and a negligible ε, what is the output of the 8, to three decimals?',
  hints: [
    'The mean is 5. The variance is the mean of the squared distances from it.',
    'The squared distances are 9, 1, 1, 9, so the variance is 5.',
    'The output is γ · (8 − 5) / √5 + β.',
  ],
  answer: 3.6833,
  solution:
    '2 · 3 / √5 + 1 = 3.683. (With the unbiased variance, 20 / 3, it would be 3.324; batch norm divides by n.)',
  async judge(device, value) {
    const made = scope(() => ({
      x: tensor(device, [2, 4, 6, 8], { shape: [4, 1, 1, 1] }),
      gamma: full(device, [1], 2),
      beta: ones(device, [1]),
      mean: zeros(device, [1]),
      variance: ones(device, [1]),
    }));
    const { x, gamma, beta, mean, variance } = made;
    const options = { training: true, eps: 1e-9, momentum: 0, activation: 'none' } as const;
    const y = await using(Object.values(made), () =>
      valuesOf(() => batchNorm(x, gamma, beta, { mean, variance }, options)),
    );
    return [isNear(value, y[3] as number, 5e-4)];
  },
};

export const exercises: readonly AnyExercise[] = [variance, ties, byHand];
