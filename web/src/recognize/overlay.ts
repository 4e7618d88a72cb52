import { signal } from '@preact/signals';

/** Which block's attention lies over the picture, and how strongly (0: not at all). */
export const overlay = signal<{ block: string | null; strength: number }>({ block: null, strength: 0 });
