import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Read the first table by rows. Each row is a true class with 100 people. The number on the diagonal is how many of them were recognized; the others say what they were taken for.',
    set: { b: null },
  },
  {
    text: 'Recall reads a row: of all happy people, how many were found? Precision reads a column: of all that were called happy, how many are?',
    set: { b: null },
  },
  {
    text: 'The classifier was trained on group A only. In group B many neutral people are called happy: the corners of their mouths are higher at rest, and nobody told the classifier that such faces exist.',
    set: { b: null },
  },
  {
    text: 'Replace a fifth of the training set by people of group B. Watch their neutral row, and the row of group A as well.',
    set: { b: '20' },
  },
  {
    text: 'Train on both groups equally. Now look at what group A pays: a straight boundary cannot suit both groups perfectly. More data of a group helps it; a better description of the face would help both.',
    set: { b: '50' },
  },
];
