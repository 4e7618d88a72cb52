import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// cross_entropy_grad: the gradient',
    text: 'How the loss changes with each logit. The comment is the formula: probability minus wanted share, times the slope of the loss.',
  },
  {
    from: 'override SOFT',
    text: 'Switches that are set when the kernel is compiled: shares instead of one label per row, weights per class, and no averaging over the rows.',
  },
  {
    from: 'struct Params {',
    text: 'Sizes and pointers. The logits and their slopes are tables with one row per face and one column per class.',
  },
  {
    from: '// Compilers may assume that no value is NaN',
    text: 'NaN and infinity are recognized by their bits, so that a broken logit shows in the result instead of disappearing.',
  },
  {
    from: '// w[k] q[row, k]',
    text: 'The share that a class should have: 1 for the label, 0 for the others. Label smoothing takes a little from the 1 for the others.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'One thread works on one face. It first finds the largest logit, which keeps the exponentials from overflowing.',
  },
  {
    from: 'var total = 0.0;',
    text: 'The sum of the exponentials, by which each of them is divided to give a probability.',
  },
  {
    from: 'let isIgnored =',
    text: 'Rows to leave out, labels that do not exist, and the slope of the loss: with a mean over N faces it is 1 / N.',
  },
  {
    from: 'let probability = exp(',
    text: 'The probability that the layer gave to the class, minus the share that the class should have. A face that is already named with certainty has a slope of nearly 0 and changes nothing.',
  },
];
