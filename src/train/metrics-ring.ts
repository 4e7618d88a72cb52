import type { StorageView } from '../gpu/storage.ts';
import { keep, scope } from '../tensor/scope.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';

/** Rows allocated at first. */
const ROWS = 16;

/**
 * The metrics of the steps that were not read back yet. Each replay of a step writes its metrics to the same tensor, so
 * they are copied to a row of a second tensor before the next replay, and all rows are read together.
 */
export class MetricsRing<T> {
  private readonly parse: (values: number[]) => T;
  /** metrics of the latest step */
  private readonly latest: Tensor;
  /** metrics of the steps before it */
  private rows: Tensor | null = null;
  private unread = 0;

  /**
   * @param latest f32, to which each step writes its metrics
   * @param parse converts the numbers of one step
   */
  constructor(latest: Tensor, parse: (values: number[]) => T) {
    this.latest = latest;
    this.parse = parse;
  }

  /** Keeps the metrics of the latest step. Call it before the next step is submitted. */
  keep(): void {
    if (this.unread === 0) return;
    const { latest } = this;
    const { device, size, byteLength } = latest;
    const start = (this.unread - 1) * byteLength;
    const before = this.rows;
    if (!before || start + byteLength > before.byteLength) {
      const larger = before ? 2 * before.size : ROWS * size;
      this.rows = scope(() => keep(empty(device, [larger], 'f32', 'metrics', 'data')));
      if (before) device.copy(before, rangeOf(this.rows, 0, before.byteLength));
      before?.dispose();
    }
    device.copy(latest, rangeOf(this.rows as Tensor, start, byteLength));
  }

  /** Notes that a step was submitted. */
  add(): void {
    this.unread++;
  }

  /** Reads back the metrics of the steps since the previous call, in one read. */
  async read(): Promise<T[]> {
    const { latest, rows, unread } = this;
    this.unread = 0;
    if (unread === 0) return [];
    const kept = rows && unread > 1 ? [rangeOf(rows, 0, (unread - 1) * latest.byteLength)] : [];
    const read = await latest.device.read([...kept, latest]);
    const values = read.flatMap((bytes) => [...new Float32Array(bytes)]);
    return Array.from({ length: unread }, (_, i) =>
      this.parse(values.slice(i * latest.size, (i + 1) * latest.size)),
    );
  }

  dispose(): void {
    this.rows?.dispose();
  }
}

function rangeOf({ storage, byteOffset }: Tensor, start: number, byteLength: number): StorageView {
  return { storage, byteOffset: byteOffset + start, byteLength };
}
