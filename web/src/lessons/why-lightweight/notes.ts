import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// strided_copy: copies a box',
    text: 'A kernel without a single multiplication of data. The shuffle of ShuffleNet is such a copy: no MACs, no parameters, and yet it takes time.',
  },
  {
    from: 'struct Params {',
    text: 'For each axis: its length, and by how much the address grows in x and in y from one element to the next. Strides describe a permutation, a slice or a repetition.',
  },
  {
    from: '@group(0) @binding(0)',
    text: 'The words are copied as they are, so the kernel works for all types of 32 bits.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'One thread moves one word.',
  },
  {
    from: 'var rest = i;',
    text: 'The number of the thread is taken apart into one index per axis, like a time in seconds into hours, minutes and seconds.',
  },
  {
    from: 'let n = params.shapeOuter[axis]',
    text: 'The outer axes work in the same way.',
  },
  {
    from: 'y[to] = x[from_]',
    text: 'One load and one store. The addresses needed divisions, but the time goes into moving the bytes.',
  },
];
