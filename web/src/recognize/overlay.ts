import { signal } from '@preact/signals';

/** The block whose attention is overlaid, and the opacity (0: hidden). */
export const overlay = signal<{ block: string | null; strength: number }>({ block: null, strength: 0 });
