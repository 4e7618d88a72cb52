import {
  batchNorm,
  Conv2d,
  conv2d,
  DepthwiseConv2d,
  type Device,
  globalAvgPool,
  type Kernel,
  type Tensor,
  tensor,
} from 'feathergrad';
import type { AnyExercise, Exercise, Finding, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head, withGradient } from '../exercises/wgsl.ts';

const EPS = 1e-3;

const fuseKernel = (body: string) =>
  head('inputs: u32, outputs: u32, count: u32', ['x', 'w', 'gamma', 'beta', 'mean', 'variance'], 'y') +
  `// x: [pixels, inputs]; w: [inputs, outputs]; gamma to variance: one per output; y: [pixels, outputs]
const EPS = 0.001;

fn hardSwish(v: f32) -> f32 { return v * clamp(v + 3.0, 0.0, 6.0) / 6.0; }
${eachThread(`  let pixel = i / params.outputs;
  let output = i % params.outputs;
  var sum = 0.0;
  for (var k = 0u; k < params.inputs; k++) {
    sum += x[pixel * params.inputs + k] * w[k * params.outputs + output];
  }
${body}`)}`;

interface Layer {
  x: Tensor;
  w: Tensor;
  gamma: Tensor;
  beta: Tensor;
  mean: Tensor;
  variance: Tensor;
}

function layerOf(device: Device, pixels: number, inputs: number, outputs: number): Layer {
  const vector = (seed: number, scale: number, shift: number) =>
    tensor(
      device,
      noise(outputs, seed).map((v) => scale * v + shift),
    );
  return {
    x: tensor(device, noise(pixels * inputs), { shape: [1, pixels, 1, inputs] }),
    w: tensor(device, noise(inputs * outputs, 2), { shape: [1, 1, inputs, outputs] }),
    gamma: vector(3, 0.5, 1),
    beta: vector(4, 1, 0),
    mean: vector(5, 1, 0),
    variance: vector(6, 0.5, 1),
  };
}

function fusedBy(kernel: Kernel, layer: Layer): Tensor {
  const [, , inputs, outputs] = layer.w.shape as [number, number, number, number];
  const pixels = layer.x.size / inputs;
  const params = { inputs, outputs, count: pixels * outputs };
  return apply(kernel, { ...layer }, ['y', [1, pixels, 1, outputs]], params);
}

/** The same result by two kernels of the library. */
function inTwoSteps({ x, w, gamma, beta, mean, variance }: Layer): Tensor {
  const options = { training: false, eps: EPS, momentum: 0, activation: 'hardSwish' } as const;
  return batchNorm(conv2d(x, w), gamma, beta, { mean, variance }, options);
}

const fuse: Exercise = {
  id: 'fuse',
  title: 'Fuse the batch norm',
  task: 'At inference a batch norm is a scale and a shift per channel, so it needs no separate kernel. This kernel computes a 1 × 1 convolution, one thread per output value, and stores the plain result. Apply the batch norm, γ (v − mean) / √(variance + ε) + β, and hard-swish before storing.',
  hints: [
    'All four numbers of the norm are those of the thread’s output channel: gamma[output] and so on.',
    'scale = gamma / sqrt(variance + EPS), and shift = beta − mean · scale.',
    'y[i] = hardSwish(sum * scale + shift). inverseSqrt is a function of WGSL.',
  ],
  start: fuseKernel('  y[i] = sum;'),
  solution: fuseKernel(`  let scale = gamma[output] * inverseSqrt(variance[output] + EPS);
  let shift = beta[output] - mean[output] * scale;
  y[i] = hardSwish(sum * scale + shift);`),
  async judge(device, kernel) {
    const sizes = [
      [6, 4, 8],
      [1, 12, 4],
    ] as const;
    const findings: Finding[] = [];
    for (const [pixels, inputs, outputs] of sizes) {
      const layer = layerOf(device, pixels, inputs, outputs);
      findings.push(
        await using(Object.values(layer), async () => {
          const [got, wanted] = [
            await valuesOf(() => fusedBy(kernel, layer)),
            await valuesOf(() => inTwoSteps(layer)),
          ];
          const name = `${pixels} pixels, ${inputs} to ${outputs} channels`;
          return compare(
            name,
            got,
            wanted,
            (i) => `pixel ${Math.floor(i / outputs)}, channel ${i % outputs}`,
          );
        }),
      );
    }
    return findings;
  },
  race(device, kernel) {
    const layer = layerOf(device, 28 * 28, 40, 120);
    return {
      what: '28 × 28 pixels, 40 to 120 channels, against convolution and batch norm in sequence',
      inputs: Object.values(layer),
      own: () => void fusedBy(kernel, layer),
      library: () => void inTwoSteps(layer),
    };
  },
};

const poolKernel = (body: string) =>
  head('pixels: u32, channels: u32, count: u32', ['dy'], 'dx') +
  `// dy: [images, channels]; dx: [images, pixels, channels]; one thread for each value of dx\n${eachThread(body)}`;

function poolGradient(
  kernel: Kernel,
  dy: Tensor,
  [images, height, width, channels]: readonly number[],
): Tensor {
  const shape = [images, height, width, channels] as number[];
  const pixels = (height as number) * (width as number);
  const count = shape.reduce((a, b) => a * b, 1);
  return apply(kernel, { dy }, ['dx', shape], { pixels, channels: channels as number, count });
}

const share: Exercise = {
  id: 'average',
  title: 'The gradient of the average pool',
  task: 'After its last map the network averages each channel over all pixels, one number per image and channel. In the backward pass each pixel gets its share of that number’s gradient. This kernel gives every pixel of every image the whole gradient of the first image instead of its share.',
  hints: [
    'i counts channels, then pixels, then images: i = (image · pixels + pixel) · channels + channel.',
    'The image is i / (pixels · channels); its gradient is at image · channels + channel.',
    'Each of the pixels contributed 1 / pixels to the mean, so each gets that share.',
  ],
  start: poolKernel(`  let channel = i % params.channels;
  dx[i] = dy[channel];`),
  solution: poolKernel(`  let channel = i % params.channels;
  let image = i / (params.pixels * params.channels);
  dx[i] = dy[image * params.channels + channel] / f32(params.pixels);`),
  async judge(device, kernel) {
    const shape = [2, 3, 2, 4];
    const op = withGradient(globalAvgPool, (_, dy) => poolGradient(kernel, dy, shape));
    return [await checkSlopes(op, [tensor(device, noise(48), { shape })])];
  },
  race(device, kernel) {
    const shape = [16, 7, 7, 480];
    const x = tensor(device, noise(16 * 49 * 480), { shape });
    const dy = tensor(device, noise(16 * 480), { shape: [16, 480] });
    return {
      what: 'The gradient, against feathergrad’s forward pass, 16 × 7 × 7 × 480',
      inputs: [x, dy],
      own: () => void poolGradient(kernel, dy, shape),
      library: () => void globalAvgPool(x),
    };
  },
};

const weights: NumberExercise = {
  id: 'weights',
  title: 'Count the weights of a block',
  task: 'A bottleneck block widens 24 maps to 72, filters each with 5 × 5 weights, and projects them to 40. Without biases, batch norms and attention, how many weights do its three convolutions have?',
  hints: [
    'The first convolution is 1 × 1: one weight for each pair of an input and an output map.',
    'The depthwise one has 25 weights for each of its 72 maps.',
    'The last one is 1 × 1 again, from 72 to 40 maps.',
  ],
  unit: 'weights',
  answer: 6408,
  solution:
    '24 · 72 + 25 · 72 + 72 · 40 = 1,728 + 1,800 + 2,880 = 6,408. The two 1 × 1 convolutions hold 4,608 of them, that is 72 %.',
  async judge(_, value) {
    const layers = [
      new Conv2d(24, 72, 1, { bias: false }),
      new DepthwiseConv2d(72, 5, { bias: false }),
      new Conv2d(72, 40, 1, { bias: false }),
    ];
    const count = layers.reduce((total, layer) => total + layer.parameterCount(), 0);
    return [isNear(value, count, 0)];
  },
};

export const exercises: readonly AnyExercise[] = [fuse, share, weights];
