import type { PooledBuffer } from './buffer-pool.ts';
import type { Stats } from './stats.ts';
import type { StorageView } from './storage.ts';

/**
 * Maximum bytes of free staging buffers that are kept for loops that read a few numbers per step. Larger ones are
 * destroyed after use.
 */
const MOST_KEPT = 4096;

/** The ranges of a read that share one staging buffer, and their offsets. */
interface Batch {
  parts: { index: number; offset: number }[];
  byteLength: number;
}

/**
 * Reads GPU memory through staging buffers. The smallest are kept for reuse; all of them count in `stats.gpuBytes`.
 */
export class Readback {
  private readonly gpu: GPUDevice;
  private readonly stats: Stats;
  private free: GPUBuffer[] = [];

  constructor(gpu: GPUDevice, stats: Stats) {
    this.gpu = gpu;
    this.stats = stats;
  }

  /**
   * Copies ranges to the host in one submission, through as many staging buffers as `maxBufferSize` requires. The caller
   * must have checked the ranges and submitted the commands that write them.
   */
  async read(views: readonly StorageView[]): Promise<ArrayBuffer[]> {
    for (const { storage } of views) {
      if (!storage.buffer) throw new Error(`${storage.label}: nothing was written to this tensor yet`);
    }
    const encoder = this.gpu.createCommandEncoder({ label: 'read back' });
    const batches = this.batches(views).map((batch) => ({ ...batch, staging: this.take(batch.byteLength) }));
    for (const { parts, staging } of batches) {
      for (const { index, offset } of parts) {
        const { storage, byteOffset, byteLength } = views[index] as StorageView;
        const source = (storage.buffer as PooledBuffer).buffer;
        encoder.copyBufferToBuffer(source, byteOffset, staging, offset, inWords(byteLength));
      }
    }
    this.gpu.queue.submit([encoder.finish()]);
    const copies: ArrayBuffer[] = new Array(views.length);
    const outcomes = await Promise.allSettled(
      batches.map(async ({ parts, byteLength, staging }) => {
        await staging.mapAsync(1 /* READ */, 0, byteLength);
        const bytes = staging.getMappedRange(0, byteLength);
        for (const { index, offset } of parts) {
          copies[index] = bytes.slice(offset, offset + (views[index] as StorageView).byteLength);
        }
        staging.unmap();
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    for (const { staging } of batches) failed ? this.destroy(staging) : this.give(staging);
    if (failed) throw failed.reason;
    return copies;
  }

  /** Destroys the staging buffers that are not in use. */
  trim(): void {
    for (const buffer of this.free) this.destroy(buffer);
    this.free = [];
  }

  private batches(views: readonly StorageView[]): Batch[] {
    const batches: Batch[] = [];
    let batch: Batch | undefined;
    views.forEach(({ byteLength }, index) => {
      const bytes = inWords(byteLength);
      if (!batch || batch.byteLength + bytes > this.gpu.limits.maxBufferSize) {
        batch = { parts: [], byteLength: 0 };
        batches.push(batch);
      }
      batch.parts.push({ index, offset: batch.byteLength });
      batch.byteLength += bytes;
    });
    return batches;
  }

  private take(bytes: number): GPUBuffer {
    const at = this.free.findIndex((buffer) => buffer.size >= bytes);
    if (at >= 0) return this.free.splice(at, 1)[0] as GPUBuffer;
    const size = bytes > MOST_KEPT ? bytes : 2 ** Math.max(8, Math.ceil(Math.log2(bytes)));
    this.stats.gpuBytes += size;
    this.stats.peakGpuBytes = Math.max(this.stats.peakGpuBytes, this.stats.gpuBytes);
    return this.gpu.createBuffer({ label: 'staging', size, usage: 1 /* MAP_READ */ | 8 /* COPY_DST */ });
  }

  /** Keeps a buffer for the next read, and destroys the largest ones beyond MOST_KEPT bytes. */
  private give(buffer: GPUBuffer): void {
    this.free.push(buffer);
    this.free.sort((a, b) => a.size - b.size);
    let kept = this.free.reduce((sum, { size }) => sum + size, 0);
    while (kept > MOST_KEPT) {
      const largest = this.free.pop() as GPUBuffer;
      kept -= largest.size;
      this.destroy(largest);
    }
  }

  private destroy(buffer: GPUBuffer): void {
    this.stats.gpuBytes -= buffer.size;
    buffer.destroy();
  }
}

/** Copies and maps need multiples of 4 bytes. */
const inWords = (bytes: number) => Math.max(4, Math.ceil(bytes / 4) * 4);
