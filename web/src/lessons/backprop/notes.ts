import type { Texts } from '../../text/en.ts';
import type { KernelNote } from '../kernel-note.ts';

/** The notes in the language of the texts. */
export const notesIn = ({ backprop: { notes } }: Texts): readonly KernelNote[] => [
  { from: '// accumulate: y += x', text: notes.a },
  { from: 'alias Vec = vec4<f32>', text: notes.b },
  { from: '@compute @workgroup_size(64)', text: notes.c },
];
