import { BufferPool } from './buffer-pool.ts';
import { endUse, type Recorded } from './resolver.ts';
import { newStats } from './stats.ts';
import type { Storage } from './storage.ts';

/** Memory that a recording would need, computed without allocating it. */
export interface MemoryEstimate {
  /** bytes of all buffers */
  bytes: number;
  /** the largest tensor, which must fit in one binding */
  largest: { bytes: number; label: string };
}

/** Returns the bytes that a recording would allocate. */
export type MemoryPlan = (list: readonly Recorded[], outside: Iterable<Storage>) => number;

/**
 * Walks a recording as `Resolver.resolve` does, but only counts buffers. `outside` is memory that the recording uses
 * but did not allocate.
 */
export const plannedBytes: MemoryPlan = (list, outside) => {
  const pool = new BufferPool(
    {
      createBuffer: () => ({ destroy() {} }) as GPUBuffer,
      limits: { maxBufferSize: Number.MAX_SAFE_INTEGER },
    },
    newStats(),
  );
  const touched = new Set<Storage>(outside);
  for (const storage of touched) storage.buffer ??= pool.take(storage.byteLength, storage.label);
  for (const { views } of list) {
    for (const { view } of views) {
      touched.add(view.storage);
      view.storage.buffer ??= pool.take(view.storage.byteLength, view.storage.label);
    }
    for (const { view } of views) endUse(view.storage);
  }
  for (const storage of touched) if (storage.buffer?.pool === pool) storage.buffer = null;
  return pool.byteLength;
};
