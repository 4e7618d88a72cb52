import { inVectors, largestBinding } from './buffer-pool.ts';
import type { Device } from './device.ts';
import { DeviceLimitError } from './errors.ts';
import type { MemoryEstimate } from './estimate.ts';
import { releaseBuffer } from './resolver.ts';
import type { Stats } from './stats.ts';
import { type Owner, Storage } from './storage.ts';

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

/**
 * Adds memory for an operation's result to `storages`, and removes it when it is released.
 * @param estimate where memory is only counted and not allocated, which has no limit
 */
export function newStorage(
  storages: Set<Storage>,
  device: Device,
  byteLength: number,
  label: string,
  owner: Owner,
  estimate?: MemoryEstimate,
): Storage {
  let most = largestBinding(device.limits);
  if (estimate) {
    most = Number.MAX_SAFE_INTEGER;
    if (byteLength > estimate.largest.bytes) estimate.largest = { bytes: byteLength, label };
  } else if (byteLength > most) {
    throw new DeviceLimitError(
      `${label}: needs ${byteLength} bytes in one buffer, but this adapter (${device.description}) binds at most ` +
        `${most}. Use a smaller batch or input side.`,
    );
  }
  const made = new Storage(device, inVectors(byteLength, most), owner, label, (storage) => {
    storages.delete(storage);
    if (storage.pending === 0) releaseBuffer(storage);
  });
  storages.add(made);
  return made;
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
