import type { Stats } from './stats.ts';
import type { Owner, Storage } from './storage.ts';

/** Live bytes of tensors and state, by what they serve, and of the GPU buffers behind them. */
export interface MemoryReport {
  /** bytes that somebody still holds */
  liveBytes: number;
  liveStorages: number;
  byOwner: Partial<Record<Owner, number>>;
  /**
   * bytes of all GPU buffers for tensors and for reading them back, including free ones that are kept for reuse; 0 once
   * the device is lost
   */
  gpuBytes: number;
  /** the most that `gpuBytes` has been */
  peakGpuBytes: number;
}

/** Counts storages, except those of a disposed capture. A lost device holds no memory on the GPU. */
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
