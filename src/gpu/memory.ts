import type { Owner } from './storage.ts';

/** Live bytes of tensors and state, by what they serve, and of the GPU buffers behind them. */
export interface MemoryReport {
  /** bytes that somebody still holds */
  liveBytes: number;
  liveStorages: number;
  byOwner: Partial<Record<Owner, number>>;
  /** bytes of all GPU buffers that exist, free ones in the pools included */
  gpuBytes: number;
  /** the most that `gpuBytes` has been */
  peakGpuBytes: number;
}

/** Counts storages as they are made and let go. */
export class MemoryLedger {
  private readonly bytes = new Map<Owner, number>();
  private storages = 0;

  add(owner: Owner, byteLength: number): void {
    this.bytes.set(owner, (this.bytes.get(owner) ?? 0) + byteLength);
    this.storages++;
  }

  remove(owner: Owner, byteLength: number): void {
    this.bytes.set(owner, (this.bytes.get(owner) ?? 0) - byteLength);
    this.storages--;
  }

  report(gpuBytes: number, peakGpuBytes: number): MemoryReport {
    const byOwner: MemoryReport['byOwner'] = {};
    let liveBytes = 0;
    for (const [owner, bytes] of this.bytes) {
      if (bytes > 0) byOwner[owner] = bytes;
      liveBytes += bytes;
    }
    return { liveBytes, liveStorages: this.storages, byOwner, gpuBytes, peakGpuBytes };
  }
}
