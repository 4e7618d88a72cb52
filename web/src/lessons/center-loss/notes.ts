import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// center_loss: the distance',
    text: 'The loss and its gradient. “learned” is the published method, “released” is what the paper’s authors published as code.',
  },
  {
    from: 'override RELEASED',
    text: 'Everything that the kernel reads and writes. pull is the gradient with respect to the features.',
  },
  {
    from: 'var<workgroup> sums',
    text: 'Memory that the 256 threads share.',
  },
  {
    from: 'fn weightOf(row: u32)',
    text: 'The weight of a row. An invalid label gives NaN on purpose, so that the mistake shows in the loss instead of reading memory at a wrong place.',
  },
  {
    from: '@compute @workgroup_size(256)',
    text: 'First all weights. The barrier makes every thread wait until all are written.',
  },
  {
    from: 'var sum = 0.0;',
    text: 'Each thread handles every 256th number. One difference serves both purposes: times the weight it is the gradient, times itself again it is the loss.',
  },
  {
    from: 'sums[thread] = sum',
    text: 'One thread adds the 256 partial sums in a fixed order, so the loss has the same bits every time.',
  },
];
