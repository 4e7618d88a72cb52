import type { Storage, StorageView } from './storage.ts';
import { type Write, WriteLog, writeTime } from './write-log.ts';

/** The host side of a capture, collected during recording: checks, side effects and the ranges that are written. */
export class Recording {
  /** Each returns the reason why the recording is stale, or null. */
  readonly checks: (() => string | null)[] = [];
  /** Called after each replay: side effects on the host, such as creating the handle of a gradient. */
  readonly effects: (() => void)[] = [];
  /** `writeTime()` of the latest replay */
  lastRun = 0;
  private readonly writes = new Map<Storage, WriteLog>();

  /** Returns the recorded writes into a storage, none of which has run yet. */
  writesInto(storage: Storage): WriteLog {
    let log = this.writes.get(storage);
    if (!log) {
      log = new WriteLog();
      this.writes.set(storage, log);
    }
    return log;
  }

  /** Returns the latest recorded write into a range after `time`, or null. */
  after(time: number, storage: Storage, range: readonly [number, number]): Write | null {
    return this.writes.get(storage)?.after(time, ...range) ?? null;
  }

  /** Returns whether the recording writes into this range. */
  wrote({ storage, byteOffset, byteLength }: StorageView): boolean {
    return this.after(0, storage, [byteOffset, byteOffset + byteLength]) !== null;
  }

  /** Drops the logs of storages that no tensor references. */
  close(): void {
    for (const storage of this.writes.keys()) if (storage.references <= 0) this.writes.delete(storage);
  }

  /** Marks all recorded writes as made now. */
  replayed(): void {
    for (const [storage, log] of this.writes) {
      for (const { start, end } of log.ranges) storage.writes.add(start, end, 'a replay of a capture');
    }
    this.lastRun = writeTime();
  }
}
