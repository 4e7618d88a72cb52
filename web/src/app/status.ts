import { signal } from '@preact/signals';

/** The page that is computing, for the dot beside its name. */
export const atWork = signal<string | null>(null);

/** Description of the adapter once it is open. */
export const gpuName = signal<string | null>(null);
