import type { Recording } from '../gpu/recording.ts';
import type { Storage } from '../gpu/storage.ts';
import { type Write, writeTime } from '../gpu/write-log.ts';
import { keep } from './scope.ts';
import { show } from './shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * What saved a tensor: the operation, the path of its layer, and the capture in which it ran (null outside of a
 * capture).
 */
export interface SavedBy {
  readonly name: string;
  readonly path: string;
  readonly recording: Recording | null;
}

/**
 * A tensor that an operation keeps for its backward pass. The memory is shared, not copied. A write to it before the
 * backward pass would silently change the gradient, so `check` compares the time of the latest write into the range.
 */
export class SavedTensor {
  readonly tensor: Tensor;
  private readonly storage: Storage;
  private readonly time = writeTime();
  private readonly by: SavedBy;
  /** what the tensor is to the operation, for the message */
  private readonly role: string;

  constructor(tensor: Tensor, by: SavedBy, role: string) {
    this.tensor = keep(tensor.alias());
    this.storage = tensor.storage;
    this.by = by;
    this.role = role;
  }

  /**
   * Checks that the memory still holds the saved values.
   * @throws Error that names the operation, the tensor and the write that overwrote it
   */
  check(): void {
    const { recording } = this.tensor.device;
    if (recording === this.by.recording) {
      const write = recording ? recording.after(this.time, this.storage, this.range) : this.write();
      this.refuse(write);
      return;
    }
    // values that another capture saved may be rewritten before this recording runs, so the replay checks them
    if (!recording || !this.by.recording) this.refuse(this.write());
    recording?.checks.push(() => {
      const write = this.write();
      return write && this.message(write);
    });
  }

  dispose(): void {
    this.tensor.dispose();
  }

  /** Returns the write after the values were saved, or after the last run of the capture that saves them. */
  private write(): Write | null {
    const { recording } = this.by;
    const inside = recording?.after(this.time, this.storage, this.range);
    return inside ?? this.storage.writes.after(Math.max(this.time, recording?.lastRun ?? 0), ...this.range);
  }

  private get range(): [number, number] {
    const { byteOffset, byteLength } = this.tensor;
    return [byteOffset, byteOffset + byteLength];
  }

  private refuse(write: Write | null): void {
    if (write) throw new Error(this.message(write));
  }

  private message(write: Write): string {
    const { name, path } = this.by;
    const { name: label, shape } = this.tensor;
    const what = `${this.role}, '${label || this.storage.label}' ${show(shape)}`;
    return (
      `${path ? `${path}: ` : ''}${name}: a tensor saved for the backward pass was overwritten (${what}: changed ` +
      `by ${write.by}, expected the values of the forward pass). Call backward() before the write, run the forward ` +
      'pass again after it, or write to a copy.'
    );
  }
}
