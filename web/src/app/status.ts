import { signal } from '@preact/signals';

/** The page that is computing now, for the dot beside its name. */
export const atWork = signal<string | null>(null);

/** The adapter in words, once one was opened. */
export const gpuName = signal<string | null>(null);
