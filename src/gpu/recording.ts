import type { Storage, StorageView } from './storage.ts';
import { type Write, WriteLog, writeTime } from './write-log.ts';

/** What the host must know of a capture besides its commands; collected while it is recorded. */
export class Recording {
  /** Each returns why the recording no longer does what its code would do now, or null. */
  readonly checks: (() => string | null)[] = [];
  /** Run after each replay: what the code does on the host, such as making the handle of a gradient. */
  readonly effects: (() => void)[] = [];
  /** `writeTime()` of the latest replay */
  lastRun = 0;
  private readonly writes = new Map<Storage, WriteLog>();

  /** The writes that it recorded into a storage; none was made yet. */
  writesInto(storage: Storage): WriteLog {
    let log = this.writes.get(storage);
    if (!log) {
      log = new WriteLog();
      this.writes.set(storage, log);
    }
    return log;
  }

  /** The latest write that it recorded into a range after `time`; null if there is none. */
  after(time: number, storage: Storage, range: readonly [number, number]): Write | null {
    return this.writes.get(storage)?.after(time, ...range) ?? null;
  }

  /** Whether it writes into this range. */
  wrote({ storage, byteOffset, byteLength }: StorageView): boolean {
    return this.after(0, storage, [byteOffset, byteOffset + byteLength]) !== null;
  }

  /** Forgets storages that nobody can see any more. */
  close(): void {
    for (const storage of this.writes.keys()) if (storage.references <= 0) this.writes.delete(storage);
  }

  /** Notes that all its writes were made once more. */
  replayed(): void {
    for (const [storage, log] of this.writes) {
      for (const { start, end } of log.ranges) storage.writes.add(start, end, 'a replay of a capture');
    }
    this.lastRun = writeTime();
  }
}
