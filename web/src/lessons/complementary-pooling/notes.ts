import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// coordinate_pool: pools an image',
    text: 'The H + W strips of an image: first one position per row, then one per column.',
  },
  {
    from: 'alias Vec = vec4<f32>',
    text: 'KIND chooses between average, maximum, and their sum. It is fixed at compile time.',
  },
  {
    from: 'struct Params {',
    text: 'y gets the pooled values; `at` gets the places of the maxima, which the backward pass needs to know where to send the gradient.',
  },
  {
    from: '// Compilers may assume that no value is NaN',
    text: 'NaN must not disappear in a maximum.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'The thread finds out whether its strip is a row or a column. The two differ in three numbers only: where the strip starts, the step to its next pixel, and its length.',
  },
  {
    from: 'var top = Vec(',
    text: 'One walk along the strip gives both the sum and the maximum, so every pixel is loaded once.',
  },
  {
    from: '// the sum is NaN if',
    text: 'The rare case: only if the sum shows that the strip contains a NaN is it walked again.',
  },
  {
    from: 'let mean = sum',
    text: 'With KIND 2 average and maximum are added here. That is the merge of two convolutions into one, in a single addition.',
  },
];
