import type { Capture } from '../gpu/capture.ts';
import type { Device } from '../gpu/device.ts';
import { type Frame, type FrameWindow, FrameWindows } from '../tensor/frame.ts';

/** Recorded work on a number of windows of a frame. */
interface Pass<T> {
  windows: FrameWindows;
  capture: Capture<T>;
}

/** Recorded work on windows of a frame, one recording per number of windows. The recordings are of one frame. */
export class FramePasses<T> {
  private readonly device: Device;
  private readonly record: (frame: Frame, windows: FrameWindows) => T;
  private readonly passes = new Map<number, Pass<T>>();
  private frame: Frame | null = null;

  /** @param record computes the outputs; it is recorded once per number of windows */
  constructor(device: Device, record: (frame: Frame, windows: FrameWindows) => T) {
    this.device = device;
    this.record = record;
  }

  /**
   * Runs the work on windows of a frame and returns its outputs, which the next run overwrites.
   * @param count number of windows to record, at least that of `windows`, of which the last is repeated
   */
  async run(frame: Frame, windows: readonly FrameWindow[], count = windows.length): Promise<T> {
    if (this.frame !== frame) this.dispose();
    this.frame = frame;
    const known = this.passes.get(count);
    const rows = known?.windows ?? new FrameWindows(this.device, count);
    try {
      rows.write(frame, windows);
      const capture = known?.capture ?? (await this.device.capture(() => this.record(frame, rows)));
      this.passes.set(count, { windows: rows, capture });
      return capture.run();
    } catch (error) {
      if (!this.passes.has(count)) rows.dispose();
      throw error;
    }
  }

  /** Frees all recordings; `run` records again. */
  dispose(): void {
    for (const { windows, capture } of this.passes.values()) {
      capture.dispose();
      windows.dispose();
    }
    this.passes.clear();
  }
}
