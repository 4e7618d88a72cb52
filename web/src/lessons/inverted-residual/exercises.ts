import {
  add,
  Conv2d,
  DepthwiseConv2d,
  type Device,
  type Kernel,
  matmul,
  randn,
  relu,
  scope,
  sum,
  type Tensor,
  tensor,
} from 'feathergrad';
import type { Texts } from '../../text/en.ts';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head } from '../exercises/wgsl.ts';

type Text = Texts['invertedResidual']['exercises'];

const weightsOf = ({ title, task, hints, unit, solution }: Text['weights']): NumberExercise => ({
  id: 'weights',
  title,
  task,
  hints: Object.values(hints),
  unit,
  answer: 8208,
  solution,
  async judge(_, value) {
    const layers = [
      new Conv2d(24, 144, 1, { bias: false }),
      new DepthwiseConv2d(144, 3, { bias: false }),
      new Conv2d(144, 24, 1, { bias: false }),
    ];
    const count = layers.reduce((total, layer) => total + layer.parameterCount(), 0);
    return [isNear(value, count, 0)];
  },
});

const DRAWS = 40_000;

const chanceOf = ({ title, task, hints, solution }: Text['chance']): NumberExercise => ({
  id: 'chance',
  title,
  task,
  hints: Object.values(hints),
  answer: 1 / 32,
  solution,
  async judge(device, value) {
    const totals = await valuesOf(() => {
      const points = randn(device, [DRAWS, 5], { seed: 3 });
      return sum(relu(points), 1);
    });
    const share = totals.filter((total) => total === 0).length / DRAWS;
    return [isNear(value, share, 0.08)]; // three standard deviations of the drawn share
  },
});

const projectKernel = (body: string) =>
  `${head('inner: u32, outer: u32, count: u32', ['wide', 'w', 'block'], 'y')}// wide: [pixels, inner]; w: [inner, outer]; block, y: [pixels, outer]
${eachThread(`  let pixel = i / params.outer;
  let channel = i % params.outer;
  var sum = 0.0;
  for (var k = 0u; k < params.inner; k++) {
    sum += wide[pixel * params.inner + k] * w[k * params.outer + channel];
  }
${body}`)}`;

function inputsOf(device: Device, pixels: number, inner: number, outer: number): [Tensor, Tensor, Tensor] {
  return scope(() => [
    tensor(device, noise(pixels * inner), { shape: [pixels, inner] }),
    tensor(device, noise(inner * outer, 2), { shape: [inner, outer] }),
    tensor(device, noise(pixels * outer, 3), { shape: [pixels, outer] }),
  ]);
}

function projectBy(kernel: Kernel, [wide, w, block]: [Tensor, Tensor, Tensor]): Tensor {
  const [inner, outer] = w.shape as [number, number];
  return apply(kernel, { wide, w, block }, ['y', block.shape], { inner, outer, count: block.size });
}

const residualOf = ({ title, task, hints }: Text['residual']): Exercise => ({
  id: 'residual',
  title,
  task,
  hints: Object.values(hints),
  start: projectKernel('  y[i] = max(sum, 0.0);'),
  solution: projectKernel('  y[i] = sum + block[i];'),
  async judge(device, kernel) {
    const findings = [];
    for (const [pixels, inner, outer] of [
      [6, 12, 4],
      [3, 5, 7],
    ] as const) {
      const inputs = inputsOf(device, pixels, inner, outer);
      findings.push(
        await using(inputs, async () => {
          const [wide, w, block] = inputs;
          const got = await valuesOf(() => projectBy(kernel, inputs));
          const wanted = await valuesOf(() => add(matmul(wide, w), block));
          const name = `${pixels} × ${inner} → ${outer}`;
          return compare(name, got, wanted, (i) => `[${Math.floor(i / outer)}, ${i % outer}]`);
        }),
      );
    }
    return findings;
  },
  race(device, kernel) {
    const inputs = inputsOf(device, 784, 144, 24);
    const [wide, w, block] = inputs;
    return {
      what: '28 × 28, 144 → 24',
      inputs,
      own: () => void projectBy(kernel, inputs),
      library: () => void add(matmul(wide, w), block),
    };
  },
});

/** The exercises in the language of the texts. */
export const exercisesIn = (texts: Texts): readonly AnyExercise[] => {
  const { weights, chance, residual } = texts.invertedResidual.exercises;
  return [weightsOf(weights), chanceOf(chance), residualOf(residual)];
};
