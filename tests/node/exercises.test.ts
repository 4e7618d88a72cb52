// The exercises of the lessons: the judge rejects the code that the reader starts from and accepts the solution.
import { expect, test } from 'vitest';
import { exercisesIn as backprop } from '../../web/src/lessons/backprop/exercises.ts';
import { exercises as batchNorm } from '../../web/src/lessons/batch-norm/exercises.ts';
import { exercises as centerLoss } from '../../web/src/lessons/center-loss/exercises.ts';
import { exercises as complementaryPooling } from '../../web/src/lessons/complementary-pooling/exercises.ts';
import { exercises as confusionMatrix } from '../../web/src/lessons/confusion-matrix/exercises.ts';
import { exercises as convolution } from '../../web/src/lessons/convolution/exercises.ts';
import { exercises as coordinateAttention } from '../../web/src/lessons/coordinate-attention/exercises.ts';
import { exercises as depthwiseSeparable } from '../../web/src/lessons/depthwise-separable/exercises.ts';
import { bindingsOf, compile } from '../../web/src/lessons/exercises/compile.ts';
import { type AnyExercise, type Exercise, isNumberTask } from '../../web/src/lessons/exercises/exercise.ts';
import { parseNumber } from '../../web/src/lessons/exercises/parse-number.ts';
import { exercises as gpuKernel } from '../../web/src/lessons/gpu-kernel/exercises.ts';
import { exercises as hardSwish } from '../../web/src/lessons/hard-swish/exercises.ts';
import { exercises as howAGpuAdds } from '../../web/src/lessons/how-a-gpu-adds/exercises.ts';
import { exercisesIn as invertedResidual } from '../../web/src/lessons/inverted-residual/exercises.ts';
import { said } from '../../web/src/lessons/said.ts';
import { exercises as trainingDynamics } from '../../web/src/lessons/training-dynamics/exercises.ts';
import { exercises as transferLearning } from '../../web/src/lessons/transfer-learning/exercises.ts';
import { exercises as wholeNetwork } from '../../web/src/lessons/whole-network/exercises.ts';
import { exercises as whyLightweight } from '../../web/src/lessons/why-lightweight/exercises.ts';
import { de } from '../../web/src/text/de.ts';
import { en } from '../../web/src/text/en.ts';
import { testDevice } from '../support/device.ts';

const LESSONS: Record<string, readonly AnyExercise[]> = {
  backprop: backprop(en),
  'batch-norm': batchNorm,
  'center-loss': centerLoss,
  'complementary-pooling': complementaryPooling,
  'confusion-matrix': confusionMatrix,
  convolution,
  'coordinate-attention': coordinateAttention,
  'depthwise-separable': depthwiseSeparable,
  'gpu-kernel': gpuKernel,
  'hard-swish': hardSwish,
  'how-a-gpu-adds': howAGpuAdds,
  'inverted-residual': invertedResidual(en),
  'training-dynamics': trainingDynamics,
  'transfer-learning': transferLearning,
  'whole-network': wholeNetwork,
  'why-lightweight': whyLightweight,
};
const all = Object.entries(LESSONS).flatMap(([slug, list]) => list.map((each) => [slug, each] as const));

async function judge(exercise: Exercise, code: string) {
  const device = await testDevice();
  const compiled = await compile(device, code, bindingsOf(exercise.start));
  if ('errors' in compiled) throw new Error(JSON.stringify(compiled.errors));
  return exercise.judge(device, compiled.kernel);
}

const kernels = all.flatMap(([slug, each]) =>
  isNumberTask(each) ? [] : [[`${slug}/${each.id}`, each] as const],
);
const numbers = all.flatMap(([slug, each]) =>
  isNumberTask(each) ? [[`${slug}/${each.id}`, each] as const] : [],
);

test.each(numbers)('%s: the answer passes, and near misses fail', async (_, exercise) => {
  const device = await testDevice();
  const passes = async (value: number) => (await exercise.judge(device, value)).every(({ pass }) => pass);
  expect(await passes(exercise.answer), String(exercise.answer)).toBe(true);
  for (const wrong of [
    exercise.answer * 1.05 + 0.05,
    exercise.answer * 0.9 - 0.05,
    -exercise.answer - 1,
    0,
  ]) {
    if (wrong !== exercise.answer) expect(await passes(wrong), String(wrong)).toBe(false);
  }
});

test.each([
  ['1,234', 1234],
  [' −0.25 ', -0.25],
  ['16 777 216', 16777216],
  ['5.096e5', 509600],
  ['.5', 0.5],
  ['1,23', null],
  ['', null],
  ['-', null],
  ['1e999', null],
  ['twelve', null],
])('parseNumber reads “%s”', (text, expected) => {
  expect(parseNumber(text)).toBe(expected);
});

test.each([
  ['−0,944', -0.944],
  ['0.944', 0.944],
  ['8.208', 8208],
  ['1.234.567,5', 1234567.5],
  ['0,031', 0.031],
  ['5,096e5', 509600],
  ['1,234,567', null],
  ['1.23.4', null],
  [',', null],
])('parseNumber reads “%s” in German', (text, expected) => {
  expect(parseNumber(text, 'de')).toBe(expected);
});

test.each(kernels)('%s: the start fails, the solution passes', async (_, exercise) => {
  const start = await judge(exercise, exercise.start);
  const solution = await judge(exercise, exercise.solution);
  expect(
    start.some(({ pass }) => !pass),
    JSON.stringify(start),
  ).toBe(true);
  expect(
    solution.filter(({ pass }) => !pass),
    'of the solution',
  ).toEqual([]);
  const device = await testDevice();
  const compiled = await compile(device, exercise.solution, []);
  if ('errors' in compiled) throw new Error('the solution does not compile');
  const race = exercise.race(device, compiled.kernel);
  race.own();
  race.library();
  await device.sync();
  for (const one of race.inputs) one.dispose();
});

test('every exercise has a title, a task, hints and a unique name', () => {
  for (const [slug, list] of Object.entries(LESSONS)) {
    expect(list.length, slug).toBeGreaterThanOrEqual(3);
    expect(new Set(list.map(({ id }) => id)).size, slug).toBe(list.length);
    for (const exercise of list) {
      const { title, task, hints, solution } = exercise;
      expect(title.length, title).toBeLessThan(60);
      expect(task.length, title).toBeGreaterThan(80);
      expect(hints.length, title).toBeGreaterThanOrEqual(2);
      if (isNumberTask(exercise)) continue;
      const { start } = exercise;
      expect(start, title).not.toBe(solution);
      expect(bindingsOf(solution), title).toEqual(bindingsOf(start));
    }
  }
});

test('compile returns the errors of the compiler with their lines, and missing bindings', async () => {
  const device = await testDevice();
  const { start } = hardSwish[0] as Exercise;
  const broken = start.replace('return 1.0;', 'return 1.0 + true;');
  const found = await compile(device, broken, bindingsOf(start));
  expect(found).toMatchObject({
    errors: [{ line: broken.split('\n').findIndex((l) => l.includes('true')) + 1 }],
  });
  const without = start.replace(/@group.*\bdy:.*\n/, '').replace('dy[i] * ', '');
  expect(await compile(device, without, bindingsOf(start))).toEqual({
    errors: [{ line: 1, column: 1, message: { key: 'missing', values: { names: 'dy' } } }],
  });
});

test('a kernel that writes nothing fails, even after the correct one has left its results in memory', async () => {
  const exercise = hardSwish[0] as Exercise;
  expect((await judge(exercise, exercise.solution)).every(({ pass }) => pass)).toBe(true);
  const idle = exercise.solution.replace(/ {2}dx\[i\] = .*\n/, '');
  const [values] = await judge(exercise, idle);
  expect(values).toMatchObject({ pass: false });
  expect(said(values!.text, en.controls, 'en')).toContain('got NaN');
  expect(said(values!.text, de.controls, 'de')).toContain('NaN statt ');
});
