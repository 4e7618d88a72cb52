import { BufferPool } from './buffer-pool.ts';
import { endUse, type Recorded } from './resolver.ts';
import { newStats } from './stats.ts';
import type { Storage } from './storage.ts';

/** What a recording would take, found without taking it. */
export interface MemoryEstimate {
  /** of all buffers that it would make */
  bytes: number;
  /** its largest tensor, which the device must bind at once */
  largest: { bytes: number; label: string };
}

/** Bytes that a recording would take. */
export type MemoryPlan = (list: readonly Recorded[], outside: Iterable<Storage>) => number;

/**
 * Walks a recording as `Resolver.resolve` does, over buffers that do not exist; `outside` is the memory that it uses and
 * did not make.
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
