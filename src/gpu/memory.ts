import type { Stats } from './stats.ts';
import type { Owner, Storage } from './storage.ts';

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

/** Counts storages, without those that went with their capture. */
export function memoryReport(
  storages: Iterable<Storage>,
  { gpuBytes, peakGpuBytes }: Readonly<Stats>,
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
  return { liveBytes, liveStorages, byOwner, gpuBytes, peakGpuBytes };
}
