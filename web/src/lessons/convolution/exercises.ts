import { conv2d, type Device, differentiable, type Kernel, type Tensor, tensor, zeros } from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head } from '../exercises/wgsl.ts';

const paddedKernel = (body: string) =>
  `${head('height: u32, width: u32, count: u32', ['x', 'w'], 'y')}// x, y: [height, width]; w: [3, 3]; one thread per pixel of y
${eachThread(`  let row = i / params.width;
  let column = i % params.width;
  var sum = 0.0;
  for (var kh = 0u; kh < 3u; kh++) {
    for (var kw = 0u; kw < 3u; kw++) {
${body}
    }
  }
  y[i] = sum;`)}`;

function convolveBy(kernel: Kernel, x: Tensor, w: Tensor): Tensor {
  const [, height, width] = x.shape as [number, number, number, number];
  return apply(kernel, { x, w }, ['y', [1, height, width, 1]], { height, width, count: height * width });
}

const picture = (device: Device, height: number, width: number, seed = 1) =>
  tensor(device, noise(height * width, seed), { shape: [1, height, width, 1] });
const weightsOf = (device: Device) => tensor(device, noise(9, 5), { shape: [3, 3, 1, 1] });

const border: Exercise = {
  id: 'border',
  title: 'Fix the border of this convolution',
  task: 'This convolution keeps the size of the picture: outside of it there are zeros. But the code does not check for the border. Left of the first column it reads the last pixel of the row above. Make it skip what is outside.',
  hints: [
    'The pixel under tap (kh, kw) is in row row + kh − 1 and column column + kw − 1.',
    'These are unsigned numbers: 0 − 1 becomes a huge number, which is also not below the height. So one comparison finds both sides.',
    'Compute h = row + kh - 1u and c = column + kw - 1u, and add only if h < params.height and c < params.width.',
  ],
  start: paddedKernel(`      let at = i + kh * params.width + kw - params.width - 1u;
      sum += x[at] * w[kh * 3u + kw];`),
  solution: paddedKernel(`      let h = row + kh - 1u;
      let c = column + kw - 1u;
      if (h < params.height && c < params.width) {
        sum += x[h * params.width + c] * w[kh * 3u + kw];
      }`),
  judge: async (device, kernel) => {
    const findings = [];
    for (const [height, width] of [
      [5, 6],
      [1, 4],
      [7, 2],
    ] as const) {
      const inputs = [picture(device, height, width), weightsOf(device)] as const;
      findings.push(
        await using(inputs, async () => {
          const got = await valuesOf(() => convolveBy(kernel, ...inputs));
          const wanted = await valuesOf(() => conv2d(...inputs, null, { padding: 1 }));
          const name = `picture of ${height} × ${width}`;
          return compare(name, got, wanted, (i) => `row ${Math.floor(i / width)}, column ${i % width}`);
        }),
      );
    }
    return findings;
  },
  race(device, kernel) {
    const inputs = [picture(device, 256, 256), weightsOf(device)] as const;
    return {
      what: 'A picture of 256 × 256',
      inputs,
      own: () => void convolveBy(kernel, ...inputs),
      library: () => void conv2d(...inputs, null, { padding: 1 }),
    };
  },
};

const slopesKernel = (body: string) =>
  `${head('width: u32, outHeight: u32, outWidth: u32, count: u32', ['x', 'dy'], 'dw')}// x: [outHeight + 2, width]; dy: [outHeight, outWidth]; dw: [3, 3]; one thread per weight
${eachThread(`  let kh = i / 3u;
  let kw = i % 3u;
${body}`)}`;

function weightSlopes(kernel: Kernel, x: Tensor, dy: Tensor): Tensor {
  const [, outHeight, outWidth] = dy.shape as [number, number, number, number];
  const width = x.shape[2] as number;
  return apply(kernel, { x, dy }, ['dw', [3, 3, 1, 1]], { width, outHeight, outWidth, count: 9 });
}

const weightGradient: Exercise = {
  id: 'weights',
  title: 'The slopes of the weights',
  task: 'Each weight is used once in every output, always with another pixel. Its slope is the sum of pixel times dy over all outputs. The kernel uses only the first output. Add up all of them. There is no padding: output (row, column) uses pixel (row + kh, column + kw).',
  hints: [
    'Two loops: over the rows and over the columns of dy.',
    'The pixel is at (row + kh) * params.width + column + kw.',
    'dy is at row * params.outWidth + column.',
  ],
  start: slopesKernel('  dw[i] = x[kh * params.width + kw] * dy[0];'),
  solution: slopesKernel(`  var sum = 0.0;
  for (var row = 0u; row < params.outHeight; row++) {
    for (var column = 0u; column < params.outWidth; column++) {
      sum += x[(row + kh) * params.width + column + kw] * dy[row * params.outWidth + column];
    }
  }
  dw[i] = sum;`),
  async judge(device, kernel) {
    const x = picture(device, 6, 5);
    const op = (w: Tensor) =>
      differentiable('exercise', conv2d(x, w.detach()), [w], () => (dy) => [weightSlopes(kernel, x, dy)]);
    return using([x], async () => [await checkSlopes(op, [weightsOf(device)])]);
  },
  race(device, kernel) {
    const [x, dy] = [picture(device, 66, 66), picture(device, 64, 64, 2)];
    const w = weightsOf(device);
    return {
      what: 'The slopes, against feathergrad’s forward pass, 66 × 66',
      inputs: [x, dy, w],
      own: () => void weightSlopes(kernel, x, dy),
      library: () => void conv2d(x, w),
    };
  },
};

const size: NumberExercise = {
  id: 'size',
  title: 'How large is the output?',
  task: 'A picture of 32 × 32 is convolved with a kernel of 5 × 5, without padding, and the window moves two pixels at a time (stride 2). How many numbers does the output have?',
  hints: [
    'Along one side the window can start at 0, 2, 4, ...; it needs 5 pixels.',
    'The last start is at 26, since 28 + 5 is more than 32. So there are 14 starts.',
  ],
  answer: 196,
  solution: '⌊(32 − 5) / 2⌋ + 1 = 14 along each side, so 14 · 14 = 196 numbers.',
  async judge(device, value) {
    const [x, w] = [zeros(device, [1, 32, 32, 1]), zeros(device, [5, 5, 1, 1])];
    const y = conv2d(x, w, null, { stride: 2 });
    return using([x, w, y], async () => [isNear(value, y.size, 0)]);
  },
};

export const exercises: readonly AnyExercise[] = [border, weightGradient, size];
