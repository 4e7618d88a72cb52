let clock = 0;

/** A logical clock: it advances with every write that is recorded or made, on any device. */
export function writeTime(): number {
  return clock;
}

/** One write into a range of a storage. */
export interface Write {
  /** first byte, and the byte after the last */
  readonly start: number;
  readonly end: number;
  readonly time: number;
  /** the writer, for messages: the label of an operation, or 'write()' */
  readonly by: string;
}

/**
 * The latest write into each range of a storage. Ranges are separate, so that a step of one parameter does not look
 * like a write into its neighbor in the same buffer. The log needs only host memory, one entry per range.
 */
export class WriteLog {
  private writes: Write[] = [];

  /** Adds a write, which replaces the writes that it covers, or at least the one of the same range. */
  add(start: number, end: number, by: string): void {
    const write = { start, end, time: ++clock, by };
    // the usual case, since every dispatch and every replay writes the ranges of the one before
    const same = this.writes.findIndex((other) => other.start === start && other.end === end);
    if (same >= 0) this.writes[same] = write;
    else this.writes = [...this.writes.filter((other) => other.start < start || other.end > end), write];
  }

  /** Returns the latest write into a range after `time`, or null. */
  after(time: number, start: number, end: number): Write | null {
    let latest: Write | null = null;
    for (const write of this.writes) {
      if (write.time > (latest?.time ?? time) && write.start < end && write.end > start) latest = write;
    }
    return latest;
  }

  /** The latest write of each range. */
  get ranges(): readonly Write[] {
    return this.writes;
  }
}
