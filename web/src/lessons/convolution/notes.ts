import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// conv2d_grad_input: the gradient',
    text: 'The slope of each pixel. A pixel takes part in many outputs, once per tap of the kernel, so its slope is a sum over them. “Gather” means that each thread collects what belongs to its pixel, so no two threads write to the same place.',
  },
  {
    from: '// The host replaces Vec by f32',
    text: 'Sizes of the layer, and the arrays: dy holds the slopes of the outputs, dx will hold those of the pixels.',
  },
  {
    from: '@group(0) @binding(0)',
    text: 'Uniform values are the same for all threads; storage arrays are large.',
  },
  {
    from: "// The sum of a Vec's components",
    text: 'Four partial sums are added up at the end.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'Each thread works out which pixel and which four input channels are its own.',
  },
  {
    from: 'var sum0 = Vec(0.0)',
    text: 'The loops over the taps run backward: y = bottom − kh. That minus is the turned kernel. An output that does not exist, or that a stride skipped, is left out.',
  },
  {
    from: 'let g = dy[at + channel4]',
    text: 'The slope of an output times the weight that connects it with this pixel, for four input channels. This is the chain rule.',
  },
  {
    from: 'let at = pixel * params.channels',
    text: 'The four slopes are stored; if the number of channels is not a multiple of four, the last thread stores fewer.',
  },
];
