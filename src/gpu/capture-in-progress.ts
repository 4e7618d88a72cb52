import type { BufferPool } from './buffer-pool.ts';
import type { MemoryEstimate } from './estimate.ts';
import { Recording } from './recording.ts';
import { endUse, type Recorded } from './resolver.ts';
import type { Storage } from './storage.ts';

/** What a capture has recorded so far. */
export class CaptureInProgress {
  readonly list: Recorded[] = [];
  /** storages that the capture allocated */
  readonly made = new Set<Storage>();
  /** storages that the capture uses but did not allocate */
  readonly retained = new Set<Storage>();
  readonly recording = new Recording();
  /** set when memory is only counted and not allocated */
  readonly estimate: MemoryEstimate | undefined;

  constructor(estimate?: MemoryEstimate) {
    this.estimate = estimate;
  }

  /**
   * Retains a storage that was created outside of the capture, and acquires a buffer for it from the device's pool even
   * if nothing has been written to it yet. A buffer of the capture's pool would also be used by earlier commands of the
   * recording, which at a replay would overwrite what the host wrote.
   */
  use(storage: Storage, pool: BufferPool): void {
    if (!storage.buffer) {
      if (this.made.has(storage)) return;
      if (!this.estimate) storage.buffer = pool.take(storage.byteLength, storage.label);
    }
    if (!this.retained.has(storage)) this.retained.add(storage.retain());
  }

  /** Releases the storages that were created outside of the capture. */
  release(): void {
    for (const storage of this.retained) storage.release();
  }

  /** Drops the recorded dispatches, which will not run. */
  abandon(): void {
    for (const { views } of this.list) for (const { view } of views) endUse(view.storage);
    this.release();
  }
}
