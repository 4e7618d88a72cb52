import { type Device, type Kernel, scope, sum, type Tensor, tensor } from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { compare, isNear, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head } from '../exercises/wgsl.ts';
import { accuracyOf, precisionOf } from './classifier.ts';

/** The matrix of the exercises by hand. */
const GIVEN = [
  [80, 15, 5],
  [30, 60, 10],
  [10, 0, 90],
];

const precision: NumberExercise = {
  id: 'precision',
  title: 'A precision by hand',
  task: 'Rows are true classes, columns predictions. Neutral: 80, 15, 5. Happy: 30, 60, 10. Surprised: 10, 0, 90. What is the precision of “happy”? Answer with a number between 0 and 1.',
  hints: [
    'Precision looks at everybody who was called happy: the second column.',
    'The column is 15, 60, 0. Of these 75 people, how many are happy?',
  ],
  answer: 0.8,
  solution:
    '60 / (15 + 60 + 0) = 0.8. The recall of “happy” is 60 / 100 = 0.6: most of those called happy are, but many happy people are missed.',
  judge: async (_, value) => [isNear(value, precisionOf(GIVEN, 1), 1e-3)],
};

const rare: NumberExercise = {
  id: 'rare',
  title: 'The accuracy of saying always the same',
  task: 'Of 1,000 pictures 940 are neutral, 50 happy and 10 surprised. A classifier says “neutral” every time. How large is its accuracy? Answer with a number between 0 and 1.',
  hints: ['It is right whenever the truth is neutral.', 'That is 940 times of 1,000.'],
  answer: 0.94,
  solution:
    '940 / 1,000 = 0.94. The recall of the other two classes is 0, and the mean recall is 1/3. So an accuracy is only meaningful next to the share of the most frequent class.',
  judge: async (_, value) => [
    isNear(
      value,
      accuracyOf([
        [940, 0, 0],
        [50, 0, 0],
        [10, 0, 0],
      ]),
      1e-3,
    ),
  ],
};

const countKernel = (body: string) =>
  `${head('people: u32, classes: u32, count: u32', ['labels: u32', 'predictions: u32'], 'matrix')}// matrix: [classes, classes]; one thread per cell
${eachThread(`  let label = i / params.classes;
  let prediction = i % params.classes;
  var total = 0.0;
  for (var person = 0u; person < params.people; person++) {
${body}
  }
  matrix[i] = total;`)}`;

function countBy(kernel: Kernel, labels: Tensor, predictions: Tensor, classes: number): Tensor {
  const params = { people: labels.size, classes, count: classes * classes };
  return apply(kernel, { labels, predictions }, ['matrix', [classes, classes]], params);
}

/** Labels and predictions, most of them right. */
function answers(device: Device, people: number, classes: number): [Tensor, Tensor] {
  const labels = Uint32Array.from({ length: people }, (_, i) => (i * 7 + (i >> 2)) % classes);
  const predictions = labels.map((label, i) => (i % 5 === 0 ? (label + 1 + (i % 3)) % classes : label));
  return scope(() => [tensor(device, labels), tensor(device, predictions)]);
}

const counting: Exercise = {
  id: 'count',
  title: 'Count a confusion matrix without a race',
  task: 'If one thread per person added 1 to a cell, two threads could add to the same cell at the same time, and one addition would be lost. So here one thread owns each cell and looks at all people. It counts everybody with its label. It should count only those with its prediction too.',
  hints: [
    'Two conditions must hold: the label of the person and the prediction.',
    'In WGSL “and” is written &&.',
    'if (labels[person] == label && predictions[person] == prediction) { total += 1.0; }',
  ],
  start: countKernel(`    if (labels[person] == label) { total += 1.0; }
    _ = predictions[person] == prediction;`),
  solution: countKernel(
    `    if (labels[person] == label && predictions[person] == prediction) { total += 1.0; }`,
  ),
  async judge(device, kernel) {
    const findings = [];
    for (const [people, classes] of [
      [40, 3],
      [101, 8],
    ] as const) {
      const inputs = answers(device, people, classes);
      findings.push(
        await using(inputs, async () => {
          const [labels, predictions] = inputs;
          const got = await valuesOf(() => countBy(kernel, labels, predictions, classes));
          const [truth, answer] = [await labels.data(), await predictions.data()];
          const wanted = new Array<number>(classes * classes).fill(0);
          for (let i = 0; i < people; i++) {
            const cell = (truth[i] as number) * classes + (answer[i] as number);
            wanted[cell] = (wanted[cell] as number) + 1;
          }
          const at = (i: number) => `row ${Math.floor(i / classes)}, column ${i % classes}`;
          return compare(`${people} people, ${classes} classes`, got, wanted, at);
        }),
      );
    }
    return findings;
  },
  race(device, kernel) {
    const [labels, predictions] = answers(device, 4096, 8);
    const pairs = tensor(
      device,
      Float32Array.from({ length: 64 * 4096 }, (_, i) => (i % 64 === (i >> 6) % 64 ? 1 : 0)),
      { shape: [4096, 64] },
    );
    return {
      what: '4,096 people and 8 classes, against adding up a table of ones and zeros with sum()',
      inputs: [labels, predictions, pairs],
      own: () => void countBy(kernel, labels, predictions, 8),
      library: () => void sum(pairs, 0),
    };
  },
};

export const exercises: readonly AnyExercise[] = [precision, rare, counting];
