import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// matmul_vec4: matrix product',
    text: 'A 1 × 1 convolution is a matrix product: rows are pixels, `inner` are the input channels, columns the output channels.',
  },
  {
    from: 'alias Number = f32',
    text: 'Switches that are fixed at compile time: bias, batch norm, activation, residual. What is off leaves no trace in the compiled kernel.',
  },
  {
    from: 'struct Params {',
    text: 'The sizes, and up to eight arrays.',
  },
  {
    from: '// Compilers may assume that no value is NaN',
    text: 'The activations that can be fused.',
  },
  {
    from: 'fn store(at: u32',
    text: 'Everything that follows the matrix product in a block happens here, while the result is still in a register: batch norm as a scale and a shift, activation, addition of the block’s input.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'One thread computes a tile, here of 8 rows and 8 columns; other sizes are built for other devices. Tiles at the edge repeat the last row or column and do not store it.',
  },
  {
    from: 'var sum: array<vec4f, ROWS * COLUMNS>',
    text: 'The 64 sums of the tile: 8 rows of two Vecs each.',
  },
  {
    from: 'for (var k = 0u; k < n',
    text: 'The heart: 2 loads of w and 8 loads of x serve 64 multiply-adds; a Vec of w is loaded at once. Reusing what was loaded is what makes a matrix product fast.',
  },
  {
    from: 'if (row + r < params.rows &&',
    text: 'The finished sums are stored, except those past the edge.',
  },
];
