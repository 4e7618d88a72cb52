import type { Stats } from './stats.ts';

/** A GPU buffer with a unique number; bind groups are cached by it. */
export interface PooledBuffer {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly byteLength: number;
  /** where it is returned after its last use */
  readonly home: BufferHome;
}

/** Owns buffers that storages use. */
export interface BufferHome {
  readonly isDestroyed: boolean;
  give(buffer: PooledBuffer): void;
}

let nextId = 1;

const USAGE = 0x4 /* COPY_SRC */ | 0x8 /* COPY_DST */ | 0x80; /* STORAGE */

/** Creates the buffers of a pool: a GPUDevice, or a substitute that only counts bytes. */
export interface BufferSource {
  createBuffer(descriptor: GPUBufferDescriptor): GPUBuffer;
  readonly limits: { readonly maxBufferSize: number };
}

/** Free buffers by size, best fit first. Eager work uses one pool, each capture a separate one. */
export class BufferPool implements BufferHome {
  private readonly source: BufferSource;
  private readonly stats: Stats;
  private free: PooledBuffer[] = []; // sorted by byteLength
  private readonly all = new Set<PooledBuffer>();
  /** bytes of every buffer of this pool, in use or free */
  byteLength = 0;
  isDestroyed = false;

  constructor(source: BufferSource, stats: Stats) {
    this.source = source;
    this.stats = stats;
  }

  /** Returns the smallest free buffer that holds `bytes` without wasting more than half, or a new one. */
  take(bytes: number, label: string): PooledBuffer {
    // rounding up must not exceed the device's limit
    const size = Math.max(bytes, Math.min(roundUp(bytes), wholeWords(this.source.limits.maxBufferSize)));
    let low = 0;
    let high = this.free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.free[middle] as PooledBuffer).byteLength < size) low = middle + 1;
      else high = middle;
    }
    const candidate = this.free[low];
    if (candidate && candidate.byteLength <= 2 * size) {
      this.free.splice(low, 1);
      return candidate;
    }
    const made = this.source.createBuffer({ label, size, usage: USAGE });
    const pooled: PooledBuffer = { id: nextId++, buffer: made, byteLength: size, home: this };
    this.all.add(pooled);
    this.byteLength += size;
    this.stats.buffersCreated++;
    this.stats.gpuBytes += size;
    this.stats.peakGpuBytes = Math.max(this.stats.peakGpuBytes, this.stats.gpuBytes);
    return pooled;
  }

  give(buffer: PooledBuffer): void {
    let at = this.free.length;
    while (at > 0 && (this.free[at - 1] as PooledBuffer).byteLength > buffer.byteLength) at--;
    this.free.splice(at, 0, buffer);
  }

  /** Destroys the buffers that are not in use. */
  trim(): void {
    for (const buffer of this.free) this.destroyOne(buffer);
    this.free = [];
  }

  destroy(): void {
    this.isDestroyed = true;
    for (const buffer of this.all) this.destroyOne(buffer);
    this.free = [];
  }

  private destroyOne(pooled: PooledBuffer): void {
    pooled.buffer.destroy();
    this.all.delete(pooled);
    this.byteLength -= pooled.byteLength;
    this.stats.gpuBytes -= pooled.byteLength;
  }
}

/** Returns `limit` rounded down to whole 4-byte words. */
export const wholeWords = (bytes: number): number => bytes - (bytes % 4);

/** Returns the number of bytes that fit both in one buffer and in one binding of a kernel. */
export function largestBinding(limits: {
  maxStorageBufferBindingSize: number;
  maxBufferSize: number;
}): number {
  return wholeWords(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize));
}

/** Returns `bytes` rounded up to whole vectors of four numbers, but at most `most`. */
export function inVectors(bytes: number, most: number): number {
  return Math.max(16, Math.min(most, Math.ceil(bytes / 16) * 16));
}

function roundUp(bytes: number): number {
  const step = bytes < 65536 ? 256 : 4096;
  return Math.max(step, Math.ceil(bytes / step) * step);
}
