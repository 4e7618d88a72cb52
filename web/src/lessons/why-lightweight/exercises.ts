import {
  Conv2d,
  channelShuffle,
  DepthwiseConv2d,
  type Device,
  type Kernel,
  Linear,
  type Tensor,
  tensor,
} from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head } from '../exercises/wgsl.ts';

const linear: NumberExercise = {
  id: 'linear',
  title: 'The heaviest layer of VGG',
  task: 'After its last pool VGG-16 has 512 maps of 7 × 7. A linear layer turns all of these numbers into 4,096, with a bias. How many parameters does this one layer have?',
  hints: ['It has 7 · 7 · 512 = 25,088 inputs.', 'Each output has one weight per input, and one bias.'],
  unit: 'parameters',
  answer: 102_764_544,
  solution:
    '25,088 · 4,096 + 4,096 = 102,764,544, that is 74 % of the 138,357,544 parameters of the network. Later networks average over the 7 × 7 pixels instead.',
  judge: async (_, value) => [isNear(value, new Linear(25_088, 4096).parameterCount(), 0)],
};

const ghost: NumberExercise = {
  id: 'ghost',
  title: 'The weights of a ghost module',
  task: 'A ghost module makes 64 maps from 32. A 1 × 1 convolution computes the first 32 of them; each of the other 32 is one of those, filtered with 3 × 3 weights of its own. How many weights are that, without biases and norms?',
  hints: [
    'The 1 × 1 convolution has 32 inputs and 32 outputs.',
    'The filters are depthwise: 9 weights for each of 32 maps.',
  ],
  unit: 'weights',
  answer: 1312,
  solution: '32 · 32 + 9 · 32 = 1,024 + 288 = 1,312. A 1 × 1 convolution from 32 to 64 maps has 2,048.',
  async judge(_, value) {
    const layers = [new Conv2d(32, 32, 1, { bias: false }), new DepthwiseConv2d(32, 3, { bias: false })];
    const count = layers.reduce((total, layer) => total + layer.parameterCount(), 0);
    return [isNear(value, count, 0)];
  },
};

const shuffleKernel = (body: string) =>
  `${head('channels: u32, parts: u32, count: u32', ['x'], 'y')}// x, y: [pixels, channels]; the channels are in \`parts\` groups of equal size
${eachThread(`  let channel = i % params.channels;
  let pixel = i / params.channels;
${body}`)}`;

function shuffleBy(kernel: Kernel, x: Tensor, parts: number): Tensor {
  const channels = x.shape[3] as number;
  return apply(kernel, { x }, ['y', x.shape], { channels, parts, count: x.size });
}

const map = (device: Device, pixels: number, channels: number) =>
  tensor(device, noise(pixels * channels), { shape: [1, pixels, 1, channels] });

const shuffle: Exercise = {
  id: 'shuffle',
  title: 'Shuffle the channels',
  task: 'With six channels in two groups, 0 1 2 and 3 4 5, the shuffle gives 0 3 1 4 2 5: the first of each group, then the second of each, and so on. The kernel only copies. Find the input channel for each output channel.',
  hints: [
    'For output channel c the group is c % parts, and the place within the group is c / parts.',
    'A group has channels / parts channels, so group g begins at g · channels / parts.',
    'from = (channel % params.parts) * (params.channels / params.parts) + channel / params.parts; “from” is a reserved word in WGSL, so use another name.',
  ],
  start: shuffleKernel(
    '  y[i] = x[pixel * params.channels + channel] * f32(params.parts) / f32(params.parts);',
  ),
  solution:
    shuffleKernel(`  let source = (channel % params.parts) * (params.channels / params.parts) + channel / params.parts;
  y[i] = x[pixel * params.channels + source];`),
  async judge(device, kernel) {
    const findings = [];
    for (const [pixels, channels, parts] of [
      [2, 6, 2],
      [3, 12, 3],
      [1, 8, 4],
    ] as const) {
      const x = map(device, pixels, channels);
      findings.push(
        await using([x], async () => {
          const got = await valuesOf(() => shuffleBy(kernel, x, parts));
          const wanted = await valuesOf(() => channelShuffle(x, parts));
          const at = (i: number) => `pixel ${Math.floor(i / channels)}, channel ${i % channels}`;
          return compare(`${channels} channels in ${parts} groups`, got, wanted, at);
        }),
      );
    }
    return findings;
  },
  race(device, kernel) {
    const x = map(device, 28 * 28, 116);
    return {
      what: '28 × 28 pixels, 116 channels in two groups',
      inputs: [x],
      own: () => void shuffleBy(kernel, x, 2),
      library: () => void channelShuffle(x, 2),
    };
  },
};

export const exercises: readonly AnyExercise[] = [linear, ghost, shuffle];
