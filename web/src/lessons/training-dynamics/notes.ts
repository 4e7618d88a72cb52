import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// sgd: one step of gradient descent',
    text: 'One step of training: every parameter moves against its slope.',
  },
  {
    from: 'override NESTEROV',
    text: 'Variants that this lesson does not use: momentum that looks one step ahead, momentum that takes less of the new slope, and steps uphill instead of downhill.',
  },
  {
    from: 'struct Params { count',
    text: 'All parameters of the network are in one long array, so that one start of the kernel updates them all, whatever their number.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'One thread updates four parameters at once. If the slopes contain infinity or NaN, nothing changes.',
  },
  {
    from: 'let rule = rules[',
    text: 'Groups of parameters can have their own learning rate and weight decay. The learning rate is rule.x, the weight decay is rule.y.',
  },
  {
    from: 'let g = select(guard.y',
    text: 'Weight decay: the weight itself, times a small number, is added to its slope. Without other slopes, each step would make the weight a little smaller.',
  },
  {
    from: 'var u = params.momentum * velocity[i] + g;',
    text: 'Momentum: the step keeps 0.9 of the last one, like a ball that rolls downhill. Slopes that agree add up, up to ten times; slopes that change their sign cancel.',
  },
  {
    from: '  if (NESTEROV) {',
    text: 'The weight moves against the collected slope. The learning rate says how far.',
  },
];
