import type { Stats } from './stats.ts';
import type { Owner, Storage } from './storage.ts';

/** Live bytes of tensors and state by purpose, and bytes of the underlying GPU buffers. */
export interface MemoryReport {
  /** bytes that a tensor or the tape still references */
  liveBytes: number;
  liveStorages: number;
  byOwner: Partial<Record<Owner, number>>;
  /**
   * bytes of all GPU buffers for tensors and for reading them back, including free buffers kept for reuse; 0 after the
   * device is lost
   */
  gpuBytes: number;
  /** largest value of `gpuBytes` so far */
  peakGpuBytes: number;
}

/** Counts storages, except those of disposed captures. A lost device has no GPU memory. */
export function memoryReport(
  storages: Iterable<Storage>,
  { gpuBytes, peakGpuBytes }: Readonly<Stats>,
  isLost: boolean,
): MemoryReport {
  const byOwner: MemoryReport['byOwner'] = {};
  let liveBytes = 0;
  let liveStorages = 0;
  for (const { owner, byteLength, isGone } of storages) {
    if (isGone) continue;
    byOwner[owner] = (byOwner[owner] ?? 0) + byteLength;
    liveBytes += byteLength;
    liveStorages++;
  }
  return { liveBytes, liveStorages, byOwner, gpuBytes: isLost ? 0 : gpuBytes, peakGpuBytes };
}
