import { signal } from '@preact/signals';

/** The page that is computing, for the dot beside its name. */
export const atWork = signal<string | null>(null);

/** Share of a long computation that is done, from 0 to 1, and its name, such as `trained`; null if there is none. */
export const progress = signal<{ share: number; what: string } | null>(null);

/** Description of the adapter once it is open. */
export const gpuName = signal<string | null>(null);
