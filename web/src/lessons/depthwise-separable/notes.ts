import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// depthwise: depthwise convolution',
    text: 'What the kernel computes, the order of the numbers in memory, and how many bytes it moves at least. “Channels last” means that all channels of one pixel are next to each other.',
  },
  {
    from: 'alias Vec = vec4<f32>',
    text: 'A Vec is four channels at once, because a GPU loads four neighboring numbers as cheaply as one. The sizes of the layer are constants, so the compiler knows every loop’s length.',
  },
  {
    from: 'struct Params {',
    text: 'What changes from call to call, and the arrays in GPU memory. The last three are used only if the following batch norm is fused.',
  },
  {
    from: '// Compilers may assume that no value is NaN',
    text: 'The activations. One of them can be applied before the result is stored, which saves another pass over the map.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'Each thread works out from its number which four channels and which tile of the image are its own. Threads past the end stop here.',
  },
  {
    from: '// the addresses of a row',
    text: 'Outside of the image a convolution sees zeros. Instead of asking at each tap, the thread decides once for each column whether it is inside.',
  },
  {
    from: 'var tap: array<Vec',
    text: 'The weights, and the scale and shift of the fused batch norm, are loaded once and stay in registers, the fastest memory of all.',
  },
  {
    from: 'var sum: array<Vec, DEPTH',
    text: 'The thread walks down the image. It loads each row once and adds it to every output row that needs it; the marked line is the multiplication.',
  },
  {
    from: 'if (oh >= top + DEPTH',
    text: 'An output row that has received all its input rows is finished: scale, shift, activation, store. Then the window of sums moves down by one row.',
  },
];
