import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// reduce: sum, maximum',
    text: 'A tensor is seen as [outer, length, inner]: one axis is added up, everything before and after it is kept. So one kernel sums along any axis.',
  },
  {
    from: 'alias Element = f32',
    text: 'The same text is compiled for floats and integers, and for four operations.',
  },
  {
    from: 'struct Params {',
    text: 'The sizes, the input and the output.',
  },
  {
    from: '// Compilers may assume that no value is NaN',
    text: 'Maximum and minimum must not lose a NaN, and must treat 0 and −0 as equal. A sum needs none of this.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'From its number a thread derives its chunk and the place of the chunk’s first number.',
  },
  {
    from: 'var result = x[base',
    text: 'The sum itself, in a fixed order. No thread waits for another one, and no thread looks at the results of others.',
  },
  {
    from: 'y[i] = result',
    text: 'One number per chunk. A second dispatch of this kernel adds those; it starts when the first has finished, which is how the threads of different workgroups wait for each other.',
  },
];
