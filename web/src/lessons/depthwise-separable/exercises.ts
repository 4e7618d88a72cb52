import { depthwiseConv2d, type Kernel, scope, type Tensor, tensor } from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head, withGradient } from '../exercises/wgsl.ts';
import { costOf } from './costs.ts';

type Size = readonly [height: number, width: number, channels: number];
const PARAMS = 'height: u32, width: u32, channels: u32, count: u32';
const PLACE = `  let channel = i % params.channels;
  let column = i32(i / params.channels % params.width);
  let row = i32(i / params.channels / params.width);
  var sum = 0.0;
  for (var r = 0; r < 3; r++) {
    for (var c = 0; c < 3; c++) {`;

/** A depthwise 3 x 3 convolution of one map [height, width, channels]. */
function run(kernel: Kernel, read: Record<string, Tensor>, written: string, size: Size): Tensor {
  const [height, width, channels] = size;
  const count = height * width * channels;
  return apply(kernel, read, [written, [1, ...size]], { height, width, channels, count });
}

const outside = (body: string) => `
// The value at a row and a column; outside of the map it is 0.
fn pixel(row: i32, column: i32, channel: u32) -> f32 {
${body}
}
`;
const READ = '  return x[(u32(row) * params.width + u32(column)) * params.channels + channel];';
const convolution = (body: string) =>
  head(PARAMS, ['x', 'w'], 'y') +
  outside(body) +
  eachThread(`${PLACE}
      let tap = w[u32(r * 3 + c) * params.channels + channel];
      sum += tap * pixel(row + r - 1, column + c - 1, channel);
    }
  }
  y[i] = sum;`);

const border: Exercise = {
  id: 'border',
  title: 'Fix the border of this convolution',
  task: 'A depthwise 3 × 3 convolution with padding 1: outside of the map there are zeros. The function pixel() does not know that. At the left edge it reads the last pixel of the row above, and at the right edge the first pixel of the row below. Make it return 0 outside.',
  hints: [
    'row and column are signed, so −1 is possible. When is a position outside?',
    'A position is outside if row or column is negative, or at least the height or the width.',
    'Compare before reading: if (row < 0 || row >= i32(params.height) || …) { return 0.0; }',
  ],
  start: convolution(READ),
  solution: convolution(`  if (row < 0 || row >= i32(params.height)) { return 0.0; }
  if (column < 0 || column >= i32(params.width)) { return 0.0; }
${READ}`),
  async judge(device, kernel) {
    const sizes: Size[] = [
      [5, 4, 2],
      [1, 1, 3],
      [3, 7, 1],
    ];
    return Promise.all(
      sizes.map(async (size) => {
        const [h, w, c] = size;
        const [values, taps] = [noise(h * w * c), noise(9 * c, 2)];
        const [x, weight] = [tensor(device, values), tensor(device, taps)];
        const got = await using([x, weight], () => valuesOf(() => run(kernel, { x, w: weight }, 'y', size)));
        const wanted = Array.from(values, (_, i) => {
          const [row, column, channel] = placeOf(i, size);
          return sumOverTaps((r, q) => {
            const [y, x] = [row + r - 1, column + q - 1];
            if (y < 0 || y >= h || x < 0 || x >= w) return 0;
            return (
              (taps[(3 * r + q) * c + channel] as number) * (values[(y * w + x) * c + channel] as number)
            );
          });
        });
        return compare(`a map of ${h} × ${w} pixels, ${c} channels`, got, wanted, (i) => {
          const [row, column, channel] = placeOf(i, size);
          return `row ${row}, column ${column}, channel ${channel}`;
        });
      }),
    );
  },
  race: (device, kernel) => raceOf(device, kernel, 'A map of 56 × 56 pixels, 32 channels'),
};

const gradient = (body: string) =>
  head(PARAMS, ['dy', 'w'], 'dx') +
  outside(`  if (row < 0 || row >= i32(params.height)) { return 0.0; }
  if (column < 0 || column >= i32(params.width)) { return 0.0; }
${READ.replace('x[', 'dy[')}`) +
  eachThread(`${PLACE}
      let tap = w[u32(r * 3 + c) * params.channels + channel];
${body}
    }
  }
  dx[i] = sum;`);

const flip: Exercise = {
  id: 'flip',
  title: 'Turn the filter around: the gradient',
  task: 'In the backward pass, each pixel of the input collects gradients from the outputs that it contributed to: dx at a position is a sum over the nine outputs that read it, each times the tap with which it was read. This kernel collects with the taps in the order of the forward pass, which is wrong for every filter that is not symmetric.',
  hints: [
    'Forward, the output at (row, column) reads the input at (row + r − 1, column + c − 1) with tap (r, c). Which output reads the input at (row, column) with tap (r, c)?',
    'Solve for it: the output at (row − r + 1, column − c + 1). Only the signs change.',
  ],
  start: gradient('      sum += tap * pixel(row + r - 1, column + c - 1, channel);'),
  solution: gradient('      sum += tap * pixel(row - r + 1, column - c + 1, channel);'),
  async judge(device, kernel) {
    const size: Size = [4, 5, 4];
    const taps = tensor(device, noise(36, 2), { shape: [3, 3, 4] });
    const op = withGradient(
      (x) => depthwiseConv2d(x, taps, null, { padding: 1 }),
      (_, dy) => run(kernel, { dy, w: taps }, 'dx', size),
    );
    const x = tensor(device, noise(80), { shape: [1, ...size] });
    return using([taps], async () => [await checkSlopes(op, [x])]);
  },
  race: (device, kernel) =>
    raceOf(device, kernel, 'The gradient, against the forward pass, 56 × 56 × 32', true),
};

function raceOf(device: Tensor['device'], kernel: Kernel, what: string, isGradient = false) {
  const size: Size = [56, 56, 32];
  const [x, w] = scope(() => [
    tensor(device, noise(56 * 56 * 32), { shape: [1, ...size] }),
    tensor(device, noise(9 * 32, 2), { shape: [3, 3, 32] }),
  ]) as [Tensor, Tensor];
  return {
    what,
    inputs: [x, w],
    own: () => void (isGradient ? run(kernel, { dy: x, w }, 'dx', size) : run(kernel, { x, w }, 'y', size)),
    library: () => void depthwiseConv2d(x, w, null, { padding: 1 }),
  };
}

function placeOf(i: number, [, width, channels]: Size): [row: number, column: number, channel: number] {
  return [Math.floor(i / channels / width), Math.floor(i / channels) % width, i % channels];
}

function sumOverTaps(value: (row: number, column: number) => number): number {
  let sum = 0;
  for (let r = 0; r < 3; r++) for (let c = 0; c < 3; c++) sum += value(r, c);
  return sum;
}

const count: NumberExercise = {
  id: 'count',
  title: 'Count the work of a layer',
  task: 'A layer has 40 channels in and out, a map of 14 × 14 pixels and a kernel of 5 × 5. How many multiply-accumulates does the depthwise separable form (depthwise + pointwise) need for the whole map?',
  hints: [
    'Count for one output value first: k² for the depthwise half, C for the pointwise half.',
    'For one pixel there are 40 output values, so 40 · (25 + 40).',
    'There are 14 · 14 = 196 pixels.',
  ],
  unit: 'MACs',
  answer: 509_600,
  solution:
    '196 · 40 · (25 + 40) = 509,600. The dense layer would need 196 · 40 · 40 · 25 = 7,840,000, fifteen times as many.',
  judge: async (_, value) => [
    isNear(value, costOf('separable', { kernel: 5, channels: 40, side: 14 }).macs, 0),
  ],
};

export const exercises: readonly AnyExercise[] = [border, flip, count];
