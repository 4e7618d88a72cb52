import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// matmul_vec4: matrix product',
    text: 'A pointwise convolution is a matrix product: one row per pixel, one column per output channel. The comment says what one thread does and how many bytes the layer must move.',
  },
  {
    from: 'const ROWS = 8u;',
    text: 'The tile of a thread: ROWS pixels and COLUMNS groups of four channels. The figure sets these two constants; nothing else differs between its rows.',
  },
  {
    from: 'struct Params {',
    text: 'The sizes of the layer, the same for all threads.',
  },
  {
    from: '@group(0) @binding(1)',
    text: 'The arrays. The weights are read as vec4, four numbers in one load. The bindings after y belong to the batch norm and the residual, which this lesson does not use.',
  },
  {
    from: '// Compilers may assume that no value is NaN',
    text: 'The activation, which is applied before the result is stored. It needs no additional load or store, because the result is already in a register.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: '64 threads form a workgroup. They run on the same core of the GPU and share its cache.',
  },
  {
    from: 'let across =',
    text: 'Which tile belongs to this thread? Neighboring threads compute neighboring channels of the same pixels, so they load the same inputs and neighboring weights.',
  },
  {
    from: 'if (row >= params.rows)',
    text: 'The last workgroup may have more threads than there are tiles. They stop here.',
  },
  {
    from: 'var place: array<u32, ROWS>;',
    text: 'The address of each row, computed once. If the tile reaches past the edge, the last row is repeated: a useless load is cheaper than a branch.',
  },
  {
    from: 'var sum: array<vec4f, ROWS * COLUMNS>;',
    text: 'The results of the tile. They stay in registers, the fastest memory, until the end. The number of registers limits the tile.',
  },
  {
    from: 'for (var k = 0u; k < n; k++) {',
    text: 'One step per input channel: load COLUMNS groups of four weights and ROWS inputs, then multiply each input with each group.',
  },
  {
    from: 'sum[r * COLUMNS + c] += value * four[c]',
    text: 'Four multiply-adds. They use numbers that have been loaded already, once per tile and not once per result.',
  },
  {
    from: 'if (row + r < params.rows && column + c < params.columns4)',
    text: 'Each result is stored once. What lies past the edge is not stored.',
  },
];
