import {
  add,
  backward,
  type Device,
  type Kernel,
  Linear,
  mul,
  SGD,
  scope,
  sub,
  sum,
  type Tensor,
  tensor,
} from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { compare, isNear, noise, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head } from '../exercises/wgsl.ts';
import { CLASSES, SIDE } from './training.ts';

const parameters: NumberExercise = {
  id: 'parameters',
  title: 'Parameters for twenty pictures',
  task: 'A picture has 24 × 24 gray values. The first layer turns them into 16 numbers, the second turns these into two scores, one for each expression. Both layers have weights and one bias per output. How many parameters does the network have?',
  hints: [
    'The first layer has 576 weights and one bias for each of 16 numbers.',
    'The second has 16 weights and one bias for each of two scores.',
  ],
  unit: 'parameters',
  answer: 9266,
  solution:
    '577 · 16 + 17 · 2 = 9,232 + 34 = 9,266. So there are 463 parameters for each of the twenty pictures, more than enough to learn them by heart.',
  judge: async (_, value) => {
    const layers = [new Linear(SIDE * SIDE, 16), new Linear(16, CLASSES)];
    return [
      isNear(
        value,
        layers.reduce((total, layer) => total + layer.parameterCount(), 0),
        0,
      ),
    ];
  },
};

const twoSteps: NumberExercise = {
  id: 'two-steps',
  title: 'Two steps by hand',
  task: 'A weight is 2, and the slope of the loss is 0.5 in every step. The learning rate is 0.1, the weight decay 0.1, the momentum 0.9, and the velocity u starts at 0. In each step g = slope + decay · w, u = 0.9 · u + g, w = w − 0.1 · u. How large is the weight after two steps?',
  hints: [
    'First step: g = 0.5 + 0.1 · 2 = 0.7, u = 0.7, w = 2 − 0.07 = 1.93.',
    'Second step: g = 0.5 + 0.1 · 1.93 = 0.693, u = 0.9 · 0.7 + 0.693.',
  ],
  answer: 1.7977,
  solution:
    'After the first step w = 1.93. Then g = 0.693, u = 0.63 + 0.693 = 1.323 and w = 1.93 − 0.1323 = 1.7977. The second step is nearly twice as long as the first: that is the momentum.',
  async judge(device, value) {
    using layer = new Linear(1, 1, { bias: false }).to(device, { seed: 1 });
    using optimizer = new SGD(layer, { learningRate: 0.1, weightDecay: 0.1, momentum: 0.9 });
    using x = tensor(device, [0.5], { shape: [1, 1] });
    layer.weight.value.write([2]);
    for (let step = 0; step < 2; step++) {
      scope(() => {
        layer.zeroGrad();
        backward(sum(layer.call(x)));
        optimizer.step();
      });
    }
    return [isNear(value, (await layer.weight.value.data())[0] as number, 0.0005)];
  },
};

const RATE = 0.1;
const MOMENTUM = 0.9;
const DECAY = 0.2;

const stepKernel = (body: string) =>
  `${head('rate: f32, momentum: f32, decay: f32, count: u32', ['values', 'slopes', 'velocity'], 'y')}// one thread per weight; y: the weight after the step
${eachThread(body)}`;

type Inputs = readonly [values: Tensor, slopes: Tensor, velocity: Tensor];

function stepBy(kernel: Kernel, [values, slopes, velocity]: Inputs): Tensor {
  const params = { rate: RATE, momentum: MOMENTUM, decay: DECAY, count: values.size };
  return apply(kernel, { values, slopes, velocity }, ['y', values.shape], params);
}

const inputsOf = (device: Device, count: number): Inputs =>
  scope(() => [1, 2, 3].map((seed) => tensor(device, noise(count, seed)))) as unknown as Inputs;

/** The step with the library's operations. */
const step = ([values, slopes, velocity]: Inputs): Tensor =>
  scope(() => {
    const g = add(slopes, mul(values, DECAY));
    return sub(values, mul(add(mul(velocity, MOMENTUM), g), RATE));
  });

const decay: Exercise = {
  id: 'decay',
  title: 'Add the weight decay',
  task: 'This kernel computes a weight after one step with momentum, but it ignores params.decay. Add the weight, times the decay, to its slope before the momentum. Then weights that nothing else holds become smaller in every step.',
  hints: [
    'The slope with weight decay is g = slopes[i] + params.decay * values[i].',
    'The collected slope is u = params.momentum * velocity[i] + g, and the weight moves by −rate · u.',
  ],
  start: stepKernel(`  let g = slopes[i];
  let u = params.momentum * velocity[i] + g;
  y[i] = values[i] - params.rate * u;`),
  solution: stepKernel(`  let g = slopes[i] + params.decay * values[i];
  let u = params.momentum * velocity[i] + g;
  y[i] = values[i] - params.rate * u;`),
  async judge(device, kernel) {
    const findings = [];
    for (const count of [5, 100]) {
      const inputs = inputsOf(device, count);
      findings.push(
        await using(inputs, async () => {
          const got = await valuesOf(() => stepBy(kernel, inputs));
          const wanted = await valuesOf(() => step(inputs));
          return compare(`${count} weights`, got, wanted, (i) => `weight ${i}`);
        }),
      );
    }
    return findings;
  },
  race(device, kernel) {
    const inputs = inputsOf(device, 1 << 20);
    return {
      what: 'A step for 1,048,576 weights, against single operations on tensors',
      inputs,
      own: () => void stepBy(kernel, inputs),
      library: () => void step(inputs),
    };
  },
};

export const exercises: readonly AnyExercise[] = [parameters, twoSteps, decay];
