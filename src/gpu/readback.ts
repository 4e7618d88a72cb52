import { wholeWords } from './buffer-pool.ts';
import type { Stats } from './stats.ts';
import type { StorageView } from './storage.ts';

/**
 * Maximum bytes of free staging buffers that are kept for loops that read a few numbers per step. Larger ones are
 * destroyed after use.
 */
const MOST_KEPT = 4096;

/** Maximum bytes of a staging buffer. Larger reads use several, of which two exist at a time. */
const PIECE = 64 * 2 ** 20;

/** The ranges of a read that share one staging buffer. */
interface Piece {
  parts: { index: number; from: number; byteLength: number; offset: number }[];
  byteLength: number;
}

/**
 * Reads GPU memory through staging buffers. The smallest are kept for reuse; all of them count in `stats.gpuBytes`.
 */
export class Readback {
  private readonly gpu: GPUDevice;
  private readonly stats: Stats;
  private free: GPUBuffer[] = [];
  /** copy the remaining pieces of the reads in progress */
  private readonly rests = new Set<() => void>();

  constructor(gpu: GPUDevice, stats: Stats) {
    this.gpu = gpu;
    this.stats = stats;
  }

  /**
   * Copies ranges to the host, as they are at the time of the call. Large ranges are copied in pieces, one after the other
   * until `copyRest` is called. The caller must have checked the ranges and submitted the commands that write them.
   */
  async read(views: readonly StorageView[]): Promise<ArrayBuffer[]> {
    const sources = views.map(({ storage }) => {
      if (!storage.buffer) throw new Error(`${storage.label}: nothing was written to this tensor yet`);
      return storage.buffer.buffer;
    });
    const results = views.map(({ byteLength }) => new Uint8Array(byteLength));
    const pieces = this.pieces(views);
    const copied: GPUBuffer[] = [];
    const copyNext = () => {
      const piece = pieces[copied.length];
      if (!piece) return;
      const staging = this.take(piece.byteLength);
      copied.push(staging);
      const encoder = this.gpu.createCommandEncoder({ label: 'read back' });
      for (const { index, from, byteLength, offset } of piece.parts) {
        const start = (views[index] as StorageView).byteOffset + from;
        encoder.copyBufferToBuffer(sources[index] as GPUBuffer, start, staging, offset, inWords(byteLength));
      }
      this.gpu.queue.submit([encoder.finish()]);
    };
    const rest = () => {
      while (copied.length < pieces.length) copyNext();
    };
    copyNext();
    copyNext();
    if (copied.length < pieces.length) this.rests.add(rest);
    let done = 0;
    try {
      for (const { parts, byteLength } of pieces) {
        const staging = copied[done] as GPUBuffer;
        await staging.mapAsync(1 /* READ */, 0, byteLength);
        const bytes = new Uint8Array(staging.getMappedRange(0, byteLength));
        for (const { index, from, byteLength, offset } of parts) {
          (results[index] as Uint8Array).set(bytes.subarray(offset, offset + byteLength), from);
        }
        staging.unmap();
        this.give(staging);
        done++;
        copyNext();
      }
    } finally {
      this.rests.delete(rest);
      for (const staging of copied.slice(done)) this.destroy(staging); // of a read that failed
    }
    return results.map(({ buffer }) => buffer);
  }

  /** Copies the rest of all reads in progress now. Call it before memory is written or destroyed. */
  copyRest(): void {
    for (const rest of this.rests) rest();
    this.rests.clear();
  }

  /** Destroys the staging buffers that are not in use. */
  trim(): void {
    this.copyRest();
    for (const buffer of this.free) this.destroy(buffer);
    this.free = [];
  }

  private pieces(views: readonly StorageView[]): Piece[] {
    const most = Math.min(PIECE, wholeWords(this.gpu.limits.maxBufferSize));
    const pieces: Piece[] = [];
    let piece: Piece = { parts: [], byteLength: most };
    for (const [index, view] of views.entries()) {
      for (let from = 0; from < view.byteLength; ) {
        if (piece.byteLength >= most) {
          piece = { parts: [], byteLength: 0 };
          pieces.push(piece);
        }
        const byteLength = Math.min(view.byteLength - from, most - piece.byteLength);
        piece.parts.push({ index, from, byteLength, offset: piece.byteLength });
        piece.byteLength += inWords(byteLength);
        from += byteLength;
      }
    }
    return pieces;
  }

  private take(bytes: number): GPUBuffer {
    const at = this.free.findIndex((buffer) => buffer.size >= bytes);
    if (at >= 0) return this.free.splice(at, 1)[0] as GPUBuffer;
    const rounded = bytes > MOST_KEPT ? bytes : 2 ** Math.max(8, Math.ceil(Math.log2(bytes)));
    const size = Math.max(bytes, Math.min(rounded, wholeWords(this.gpu.limits.maxBufferSize)));
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
