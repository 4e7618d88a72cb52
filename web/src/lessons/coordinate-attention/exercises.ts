import {
  coordinatePool,
  type Device,
  type Kernel,
  mul,
  reshape,
  type Tensor,
  tensor,
  zeros,
} from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise, Race } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head, withGradient } from '../exercises/wgsl.ts';

type Size = readonly [height: number, width: number, channels: number];
const PARAMS = 'height: u32, width: u32, channels: u32, count: u32';
const LAYOUT = '// x: [height, width, channels]; byRow: [height, channels]; byColumn: [width, channels]\n';

interface Inputs {
  x: Tensor;
  byRow: Tensor;
  byColumn: Tensor;
}

function inputsOf(device: Device, [height, width, channels]: Size): Inputs {
  const gates = (count: number, seed: number) => noise(count * channels, seed).map((v) => 0.5 + v / 2);
  return {
    x: tensor(device, noise(height * width * channels), { shape: [height, width, channels] }),
    byRow: tensor(device, gates(height, 2), { shape: [height, channels] }),
    byColumn: tensor(device, gates(width, 3), { shape: [width, channels] }),
  };
}

const gateKernel = (body: string) =>
  head(PARAMS, ['x', 'byRow', 'byColumn'], 'y') + LAYOUT + eachThread(body);

function gate(kernel: Kernel, read: Inputs): Tensor {
  const [height, width, channels] = read.x.shape as unknown as Size;
  const count = read.x.size;
  return apply(kernel, { ...read }, ['y', read.x.shape], { height, width, channels, count });
}

/** The same result by multiplications of the library. */
function product({ x, byRow, byColumn }: Inputs): Tensor {
  const [height, width, channels] = x.shape as unknown as Size;
  return mul(mul(x, reshape(byRow, [height, 1, channels])), reshape(byColumn, [1, width, channels]));
}

const open: Exercise = {
  id: 'gates',
  title: 'Multiply by both gates',
  task: 'Coordinate attention multiplies each value by the gate of its row and by the gate of its column, both of the same channel. This kernel uses only the row. Find the column of thread i and the index of its gate, and multiply by it.',
  hints: [
    'i counts channels first, then columns, then rows: i = (row · width + column) · channels + channel.',
    'Dividing by channels leaves row · width + column. What remains after dividing that by width?',
    'column = i / channels % width, and its gate is byColumn[column * channels + channel].',
  ],
  start: gateKernel(`  let channel = i % params.channels;
  let row = i / params.channels / params.width;
  y[i] = x[i] * byRow[row * params.channels + channel];`),
  solution: gateKernel(`  let channel = i % params.channels;
  let column = i / params.channels % params.width;
  let row = i / params.channels / params.width;
  let both = byRow[row * params.channels + channel] * byColumn[column * params.channels + channel];
  y[i] = x[i] * both;`),
  async judge(device, kernel) {
    const sizes: Size[] = [
      [4, 6, 2],
      [5, 3, 1],
      [1, 1, 3],
    ];
    return Promise.all(
      sizes.map(async (size) => {
        const [h, w, c] = size;
        const read = inputsOf(device, size);
        const all = Object.values(read) as Tensor[];
        return using(all, async () => {
          const [got, wanted] = [
            await valuesOf(() => gate(kernel, read)),
            await valuesOf(() => product(read)),
          ];
          return compare(`${h} rows, ${w} columns, ${c} channels`, got, wanted, (i) => {
            const pixel = Math.floor(i / c);
            return `row ${Math.floor(pixel / w)}, column ${pixel % w}, channel ${i % c}`;
          });
        });
      }),
    );
  },
  race: (device, kernel) =>
    raceOf(device, 'A map of 56 × 56 × 64, against two multiplications of feathergrad', (read) =>
      gate(kernel, read),
    ),
};

const gradientKernel = (body: string) =>
  head(PARAMS, ['dy', 'x', 'byColumn'], 'dRow') +
  `${LAYOUT}// dy: as x; dRow: as byRow, one thread for each of its numbers\n${eachThread(body)}`;

function gradientBy(kernel: Kernel, dy: Tensor, { x, byColumn }: Inputs): Tensor {
  const [height, width, channels] = x.shape as unknown as Size;
  const params = { height, width, channels, count: height * channels };
  return apply(kernel, { dy, x, byColumn }, ['dRow', [height, channels]], params);
}

const teach: Exercise = {
  id: 'row-gradient',
  title: 'How a row’s gate learns',
  task: 'The gate of a row multiplies every pixel of that row, so its gradient is a sum over the row. This kernel uses only the first pixel of the row. Sum over all columns.',
  hints: [
    'y = x · byRow · byColumn. The derivative of y with respect to byRow is x · byColumn, and dy is the gradient of the loss with respect to y.',
    'Put the three lines into a loop over the columns, and add instead of assigning.',
  ],
  start: gradientKernel(`  let channel = i % params.channels;
  let row = i / params.channels;
  let column = 0u;
  let at = (row * params.width + column) * params.channels + channel;
  dRow[i] = dy[at] * x[at] * byColumn[column * params.channels + channel];`),
  solution: gradientKernel(`  let channel = i % params.channels;
  let row = i / params.channels;
  var sum = 0.0;
  for (var column = 0u; column < params.width; column++) {
    let at = (row * params.width + column) * params.channels + channel;
    sum += dy[at] * x[at] * byColumn[column * params.channels + channel];
  }
  dRow[i] = sum;`),
  async judge(device, kernel) {
    const { byRow, ...rest } = inputsOf(device, [4, 5, 3]);
    const op = withGradient(
      (byRow) => product({ ...rest, byRow }),
      (byRow, dy) => gradientBy(kernel, dy, { ...rest, byRow }),
    );
    return using([rest.x, rest.byColumn], async () => [await checkSlopes(op, [byRow])]);
  },
  race: (device, kernel) =>
    raceOf(device, 'The gradient, against the forward pass of feathergrad, 56 × 56 × 64', (read) =>
      gradientBy(kernel, read.x, read),
    ),
};

function raceOf(device: Device, what: string, own: (read: Inputs) => Tensor): Race {
  const read = inputsOf(device, [56, 56, 64]);
  return { what, inputs: Object.values(read), own: () => void own(read), library: () => void product(read) };
}

const gates: NumberExercise = {
  id: 'gate-count',
  title: 'Count the gates',
  task: 'A map has 20 rows, 12 columns and 64 channels. How many gates does coordinate attention compute for it?',
  hints: ['Each channel has one gate per row and one per column.', 'That is 20 + 12 for one channel.'],
  unit: 'gates',
  answer: 2048,
  solution: '(20 + 12) · 64 = 2,048. A gate for every pixel would be 20 · 12 · 64 = 15,360 numbers.',
  async judge(device, value) {
    const map = zeros(device, [1, 20, 12, 64]);
    const strips = coordinatePool(map, 'avg'); // one number per gate
    return using([map, strips], async () => [isNear(value, strips.size, 0)]);
  },
};

export const exercises: readonly AnyExercise[] = [open, teach, gates];
