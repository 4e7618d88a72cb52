import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// coordinate_gate: scales each pixel',
    text: 'Equation 9 of the paper: every pixel times the gate of its row times the gate of its column. The same kernel, with the gradient in place of the image, does half of the backward pass.',
  },
  {
    from: 'alias Vec = vec4<f32>',
    text: 'Four channels at once. In half precision the image is stored in 16-bit floats, but computed with 32 bits.',
  },
  {
    from: 'struct Params {',
    text: 'The gates of all rows and columns are in one array: first H rows, then W columns.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'One thread handles a run of neighboring pixels in one row. It finds its image, its row and its first pixel.',
  },
  {
    from: 'let byRow =',
    text: 'The gate of the row is loaded once and used for the whole run of pixels.',
  },
  {
    from: 'for (var w = first',
    text: 'Two multiplications per pixel and channel. Reading and writing the image takes far longer than these.',
  },
];
