import type { Texts } from '../../text/en.ts';
import type { KernelNote } from '../kernel-note.ts';

/** The notes in the language of the texts. */
export const notesIn = ({ invertedResidual: { notes } }: Texts): readonly KernelNote[] => [
  { from: '// unary: a function of one number', text: notes.a },
  { from: 'alias Vec = vec4<f32>', text: notes.b },
  { from: '// Compilers may assume that no value is NaN', text: notes.c },
  { from: 'fn relu(v: Vec)', text: notes.d },
  { from: '// The log of 0, negative', text: notes.e },
  { from: '@compute @workgroup_size(64)', text: notes.f },
  { from: 'switch FUNCTION', text: notes.g },
];
