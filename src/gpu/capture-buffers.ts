import type { BufferHome, BufferPool, PooledBuffer } from './buffer-pool.ts';
import type { Recorded } from './resolver.ts';
import type { Storage } from './storage.ts';

/** The indices of the first and the last command of a recording that use a storage. */
interface Lifetime {
  first: number;
  last: number;
}

/**
 * The buffers of a recording. Each serves several storages, whose lifetimes do not overlap. Since all lifetimes are known in
 * advance, the largest storages choose first ("greedy by size", Pisarchyk and Lee, "Efficient Memory Management for Deep
 * Neural Net Inference", 2020, section 4), which needs less memory than a pool that serves them in the order of use.
 */
export class CaptureBuffers implements BufferHome {
  private readonly pool: BufferPool;
  private assigned: PooledBuffer[] = [];

  /** @param pool an empty pool that nothing else uses */
  constructor(pool: BufferPool) {
    this.pool = pool;
  }

  /** Bytes of all buffers. */
  get byteLength(): number {
    return this.pool.byteLength;
  }

  get isDestroyed(): boolean {
    return this.pool.isDestroyed;
  }

  /** Returns a buffer that is not in use, and that stays in use until `reuse`. */
  take(bytes: number, label: string): PooledBuffer {
    return { ...this.pool.take(bytes, label), home: this };
  }

  /** Assigns a buffer to each storage of the recording that has none. */
  assign(list: readonly Recorded[]): void {
    const shared: { bytes: number; storages: Storage[]; lifetimes: Lifetime[] }[] = [];
    const bySize = [...lifetimesOf(list)].sort(([a], [b]) => b.byteLength - a.byteLength);
    for (const [storage, lifetime] of bySize) {
      // the later, the smaller: buffers are in the order of their sizes
      const place = shared.findLast(({ lifetimes }) => !lifetimes.some((other) => overlap(lifetime, other)));
      if (place) {
        place.storages.push(storage);
        place.lifetimes.push(lifetime);
      } else shared.push({ bytes: storage.byteLength, storages: [storage], lifetimes: [lifetime] });
    }
    for (const { bytes, storages } of shared) {
      const pooled = this.pool.take(bytes, storages[0]?.label ?? '');
      this.assigned.push(pooled);
      const buffer = { ...pooled, home: this };
      for (const storage of storages) storage.buffer = buffer;
    }
  }

  /** Lets the next recording use the same buffers; the two must not need their contents at the same time. */
  reuse(): void {
    for (const buffer of this.assigned) this.pool.give(buffer);
    this.assigned = [];
  }

  /** Does nothing: the storages that use the buffer afterwards are already assigned. */
  give(): void {}

  destroy(): void {
    this.pool.destroy();
  }
}

const overlap = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last;

/** Returns the lifetimes of the storages without a buffer. */
function lifetimesOf(list: readonly Recorded[]): Map<Storage, Lifetime> {
  const lifetimes = new Map<Storage, Lifetime>();
  for (const [i, { views }] of list.entries()) {
    for (const { view, isWritten } of views) {
      const { storage } = view;
      if (storage.buffer) continue;
      const known = lifetimes.get(storage);
      if (known) known.last = i;
      // what the first command reads was written before the recording runs
      else lifetimes.set(storage, { first: isWritten ? i : 0, last: i });
    }
  }
  for (const [storage, lifetime] of lifetimes) {
    if (storage.references > 0) lifetime.last = list.length; // it is read after the recording
  }
  return lifetimes;
}
