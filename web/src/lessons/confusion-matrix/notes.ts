import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// arg_max: the index of the largest',
    text: 'From scores to a decision: the class with the largest score. How close the second was is forgotten here.',
  },
  {
    from: 'override SMALLEST',
    text: 'The scores are read as their bits, and the result is the number of a class.',
  },
  {
    from: '// Maps floats to integers in the same order',
    text: 'Floats can be compared as whole numbers if the bits of the negative ones are turned around. Then NaN has a place too: it counts as the largest, so that a broken network is not overlooked.',
  },
  {
    from: '// The element with the largest key',
    text: 'The same kernel finds the smallest element.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'One thread decides for one person. It walks over the scores of the classes.',
  },
  {
    from: 'if (value > best)',
    text: 'Only a larger score replaces the best one. If two classes are equal, the first wins: an order that somebody chose.',
  },
];
