import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// batch_norm_moments: the mean',
    text: 'The task: mean and squared deviations of every channel, in one pass, without losing digits. Welford found this update in 1962.',
  },
  {
    from: 'alias Vec = vec4<f32>',
    text: 'Four channels are handled at once, each with its own mean.',
  },
  {
    from: 'struct Params {',
    text: 'The map is read; the means and the sums of squares are written.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'A thread gets four channels and one chunk of rows. “Row” means one pixel of one image here.',
  },
  {
    from: 'let pivot =',
    text: 'The first value is subtracted from all others. If the numbers are far from zero, the differences are still small, and small numbers are stored more accurately.',
  },
  {
    from: 'for (var row = first + 1u',
    text: 'Welford’s update. d is the distance from the old mean, value − mean in the last line the distance from the new one. Their product is what the new value adds to the squares.',
  },
  {
    from: 'partial[i] = mean + pivot',
    text: 'The pivot is added back. Another kernel merges the chunks, computes 1 / √(variance + ε) and moves the running estimate a fraction `momentum` towards the batch. A smaller batch is processed by one kernel that does all of this, batch_norm_group.',
  },
];
