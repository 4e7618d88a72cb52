import { add, coordinatePool, type Device, type Kernel, max, mean, type Tensor, tensor } from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise, Race } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head, withGradient } from '../exercises/wgsl.ts';

type Size = readonly [height: number, width: number, channels: number];
const PARAMS = 'width: u32, channels: u32, count: u32';
const LAYOUT = '// x: [height, width, channels]; one thread per row and channel\n';
const AT = 'x[(row * params.width + column) * params.channels + channel]';

const poolKernel = (body: string) =>
  head(PARAMS, ['x'], 'y') +
  LAYOUT +
  eachThread(`  let channel = i % params.channels;
  let row = i / params.channels;
${body}`);

function pool(kernel: Kernel, x: Tensor): Tensor {
  const [height, width, channels] = x.shape as unknown as Size;
  return apply(kernel, { x }, ['y', [height, channels]], { width, channels, count: height * channels });
}

/** Returns mean + maximum of each row, computed by the library. */
const pooled = (x: Tensor): Tensor => add(mean(x, 1), max(x, 1));

/** Values that are far apart, so that a small step does not change which one is the maximum. */
function apart([height, width, channels]: Size, shift = 0): Float32Array<ArrayBuffer> {
  const count = height * width * channels;
  return Float32Array.from({ length: count }, (_, i) => ((i * 37) % count) / count + shift);
}

const walk: Exercise = {
  id: 'one-walk',
  title: 'Mean and maximum in one pass',
  task: 'Complementary pooling needs the mean and the maximum of each row, added: y = mean + maximum. One pass along the row gives both. The code almost does this, but for a row of negative numbers the maximum is wrong.',
  hints: [
    'What is top after a row of −3, −2, −5? What should it be?',
    'Nothing in such a row is above 0, the value that top starts with.',
    'Start with the first value of the row instead of 0.',
  ],
  start: poolKernel(`  var sum = 0.0;
  var top = 0.0;
  for (var column = 0u; column < params.width; column++) {
    let value = ${AT};
    sum += value;
    top = max(top, value);
  }
  y[i] = sum / f32(params.width) + top;`),
  solution: poolKernel(`  var sum = 0.0;
  var top = x[row * params.width * params.channels + channel];
  for (var column = 0u; column < params.width; column++) {
    let value = ${AT};
    sum += value;
    top = max(top, value);
  }
  y[i] = sum / f32(params.width) + top;`),
  judge: (device, kernel) =>
    Promise.all(
      [0, -2, 3].map(async (shift) => {
        const x = tensor(device, apart([4, 5, 3], shift), { shape: [4, 5, 3] });
        return using([x], async () => {
          const [got, wanted] = [await valuesOf(() => pool(kernel, x)), await valuesOf(() => pooled(x))];
          const name = `numbers from ${shift} to ${shift + 1}`.replaceAll('-', '−');
          return compare(name, got, wanted, (i) => `row ${Math.floor(i / 3)}, channel ${i % 3}`);
        });
      }),
    ),
  race: (device, kernel) =>
    raceOf(device, 'A map of 56 × 56 × 64, against mean() + max() of feathergrad', (x) => pool(kernel, x)),
};

const gradientKernel = (body: string) =>
  head(PARAMS, ['x', 'dy'], 'dx') +
  LAYOUT +
  eachThread(`  let channel = i % params.channels;
  let row = i / params.channels;
${body}`);

function gradientBy(kernel: Kernel, x: Tensor, dy: Tensor): Tensor {
  const [height, width, channels] = x.shape as unknown as Size;
  return apply(kernel, { x, dy }, ['dx', x.shape], { width, channels, count: height * channels });
}

const PLACE = '(row * params.width + column) * params.channels + channel';

const send: Exercise = {
  id: 'to-the-top',
  title: 'Send the gradient to the maximum',
  task: 'In the backward pass the mean distributes dy over all pixels of the row, and the maximum gives dy only to the pixel that was the maximum. The kernel does the first part. Add the second. No two values of a row are equal here.',
  hints: [
    'First find the position of the maximum in one loop, then write dx in a second loop.',
    'Remember the best column so far: if (x[at] > x[best]) { best = at; }',
    'In the second loop: dx[at] = dy[i] / width + select(0.0, dy[i], at == best)',
  ],
  start: gradientKernel(`  for (var column = 0u; column < params.width; column++) {
    let at = ${PLACE};
    dx[at] = dy[i] / f32(params.width);
  }`),
  solution: gradientKernel(`  var best = row * params.width * params.channels + channel;
  for (var column = 1u; column < params.width; column++) {
    let at = ${PLACE};
    if (x[at] > x[best]) { best = at; }
  }
  for (var column = 0u; column < params.width; column++) {
    let at = ${PLACE};
    dx[at] = dy[i] / f32(params.width) + select(0.0, dy[i], at == best);
  }`),
  async judge(device, kernel) {
    const op = withGradient(pooled, (x, dy) => gradientBy(kernel, x, dy));
    return [await checkSlopes(op, [tensor(device, apart([4, 5, 3], -0.5), { shape: [4, 5, 3] })])];
  },
  race: (device, kernel) =>
    raceOf(device, 'The gradient, against mean() + max() of feathergrad, 56 × 56 × 64', (x, dy) =>
      gradientBy(kernel, x, dy),
    ),
};

function raceOf(device: Device, what: string, own: (x: Tensor, dy: Tensor) => Tensor): Race {
  const x = tensor(device, noise(56 * 56 * 64), { shape: [56, 56, 64] });
  const dy = tensor(device, noise(56 * 64, 2), { shape: [56, 64] });
  return { what, inputs: [x, dy], own: () => void own(x, dy), library: () => void pooled(x) };
}

const pooledRow: NumberExercise = {
  id: 'by-hand',
  title: 'Pool a row by hand',
  task: 'A row of the map is −4, −1, −3, −2. What does complementary pooling, average + maximum, return for it?',
  hints: ['The average is −10 / 4.', 'The maximum is the number closest to zero here.'],
  answer: -3.5,
  solution: 'The average is −2.5 and the maximum is −1. Together they are −3.5.',
  async judge(device, value) {
    const x = tensor(device, [-4, -1, -3, -2], { shape: [1, 1, 4, 1] });
    const strips = await using([x], () => valuesOf(() => coordinatePool(x, 'complementary')));
    return [isNear(value, strips[0] as number, 1e-4)];
  },
};

export const exercises: readonly AnyExercise[] = [walk, send, pooledRow];
