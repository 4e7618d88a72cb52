import { BufferPool } from './buffer-pool.ts';
import { CaptureBuffers } from './capture-buffers.ts';
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
 * Assigns the buffers of a recording as `Device.capture` does, but only counts them. `outside` is memory that the recording
 * uses but did not allocate.
 */
export const plannedBytes: MemoryPlan = (list, outside) => {
  const source = {
    createBuffer: () => ({ destroy() {} }) as GPUBuffer,
    limits: { maxBufferSize: Number.MAX_SAFE_INTEGER },
  };
  const buffers = new CaptureBuffers(new BufferPool(source, newStats()));
  const used = new Set<Storage>(outside);
  for (const storage of used) storage.buffer ??= buffers.take(storage.byteLength, storage.label);
  buffers.assign(list);
  for (const { views } of list) {
    for (const { view } of views) {
      used.add(view.storage);
      endUse(view.storage);
    }
  }
  for (const storage of used) if (storage.buffer?.home === buffers) storage.buffer = null;
  return buffers.byteLength;
};
