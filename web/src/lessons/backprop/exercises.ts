import { add, differentiable, type Kernel, mul, sum, type Tensor, tensor } from 'feathergrad';
import type { Texts } from '../../text/en.ts';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head } from '../exercises/wgsl.ts';
import { evaluate } from './graph.ts';

type Text = Texts['backprop']['exercises'];

const productKernel = (body: string) =>
  `${head('count: u32', ['a', 'b', 'dz'], 'slopes')}// slopes: first the slopes of a, then those of b\n${eachThread(body)}`;

const slopesBy = (kernel: Kernel, a: Tensor, b: Tensor, dz: Tensor): Tensor =>
  apply(kernel, { a, b, dz }, ['slopes', [2, a.size]], { count: a.size });

const productOf = ({ title, task, hints }: Text['product']): Exercise => ({
  id: 'product',
  title,
  task,
  hints: Object.values(hints),
  start: productKernel(`  slopes[i] = dz[i] * a[i];
  slopes[params.count + i] = dz[i] * b[i];`),
  solution: productKernel(`  slopes[i] = dz[i] * b[i];
  slopes[params.count + i] = dz[i] * a[i];`),
  async judge(device, kernel) {
    const [a, b, dz] = [noise(70, 1), noise(70, 2), noise(70, 3)];
    const inputs = [tensor(device, a), tensor(device, b), tensor(device, dz)] as const;
    const got = await using(inputs, () => valuesOf(() => slopesBy(kernel, ...inputs)));
    const times = (factor: Float32Array) => dz.map((value, i) => value * (factor[i] as number));
    return [
      compare('a', got.subarray(0, 70), times(b), (i) => `element ${i}`),
      compare('b', got.subarray(70), times(a), (i) => `element ${i}`),
    ];
  },
  race(device, kernel) {
    const count = 1 << 18;
    const inputs = [1, 2, 3].map((seed) => tensor(device, noise(count, seed)));
    const [a, b, dz] = inputs as [Tensor, Tensor, Tensor];
    return {
      what: '2 × 262,144',
      inputs,
      own: () => void slopesBy(kernel, a, b, dz),
      library: () => {
        mul(dz, b);
        mul(dz, a);
      },
    };
  },
});

const biasKernel = (body: string) =>
  `${head('rows: u32, columns: u32, count: u32', ['dz'], 'db')}// dz: [rows, columns]; db: [columns]; one thread per column\n${eachThread(body)}`;

function biasSlopes(kernel: Kernel, dz: Tensor): Tensor {
  const [rows, columns] = dz.shape as [number, number];
  return apply(kernel, { dz }, ['db', [columns]], { rows, columns, count: columns });
}

const biasOf = ({ title, task, hints }: Text['bias']): Exercise => ({
  id: 'bias',
  title,
  task,
  hints: Object.values(hints),
  start: biasKernel('  db[i] = dz[(params.rows - 1u) * params.columns + i];'),
  solution: biasKernel(`  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) { sum += dz[row * params.columns + i]; }
  db[i] = sum;`),
  async judge(device, kernel) {
    const x = tensor(device, noise(15), { shape: [5, 3] });
    const op = (bias: Tensor) =>
      differentiable('exercise', add(x, bias.detach()), [bias], () => (dz) => [biasSlopes(kernel, dz)]);
    return using([x], async () => [await checkSlopes(op, [tensor(device, noise(3, 2))])]);
  },
  race(device, kernel) {
    const dz = tensor(device, noise(512 * 128), { shape: [512, 128] });
    return {
      what: '512 × 128',
      inputs: [dz],
      own: () => void biasSlopes(kernel, dz),
      library: () => void sum(dz, 0),
    };
  },
});

const handOf = ({ title, task, hints, solution }: Text['hand']): NumberExercise => ({
  id: 'by-hand',
  title,
  task,
  hints: Object.values(hints),
  answer: -0.9444,
  solution,
  judge: async (device, value) => [
    isNear(value, (await evaluate(device, { w: 1, x: 2, b: -1.5, t: 1 })).slopes.w, 1e-3),
  ],
});

/** The exercises in the language of the texts. */
export const exercisesIn = (texts: Texts): readonly AnyExercise[] => {
  const { product, bias, hand } = texts.backprop.exercises;
  return [productOf(product), biasOf(bias), handOf(hand)];
};
