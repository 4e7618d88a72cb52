import type { Capture, Device } from 'feathergrad';
import { median } from '../lib/statistics.ts';

/** A GPU needs microseconds for one operation, of which the submission of a replay takes a hundred. */
const MOST = 1024;
const MOST_DISPATCHES = 4096;

/** A recording that repeats the same work, so that it takes long enough to be timed. */
export class Repeated {
  readonly device: Device;
  readonly repeats: number;
  private readonly capture: Capture<void>;

  private constructor(device: Device, repeats: number, capture: Capture<void>) {
    this.device = device;
    this.repeats = repeats;
    this.capture = capture;
  }

  /** Records `work` as many times as fit in about `milliseconds`, at most `most` times and 4,096 dispatches. */
  static async record(
    device: Device,
    work: () => void,
    { milliseconds = 10, most = MOST }: { milliseconds?: number; most?: number } = {},
  ): Promise<Repeated> {
    const probe = await Repeated.of(device, work, 1);
    await probe.run();
    const times: number[] = [];
    for (let i = 0; i < 3; i++) times.push(await probe.timedRun());
    const fitting = Math.floor(MOST_DISPATCHES / Math.max(1, probe.capture.dispatches));
    const repeats = Math.max(1, Math.min(most, fitting, Math.round(milliseconds / median(times))));
    if (repeats === 1) return probe;
    probe.dispose();
    const repeated = await Repeated.of(device, work, repeats);
    await repeated.run();
    return repeated;
  }

  private static async of(device: Device, work: () => void, repeats: number): Promise<Repeated> {
    const capture = await device.capture(() => {
      for (let i = 0; i < repeats; i++) work();
    });
    return new Repeated(device, repeats, capture);
  }

  /** Dispatches per repetition. */
  get dispatches(): number {
    return this.capture.dispatches / this.repeats;
  }

  /** Replays the recording and waits for its end. */
  async run(): Promise<void> {
    this.capture.run();
    await this.device.sync();
  }

  /** Returns wall-clock milliseconds per repetition: GPU time and a share of the submission. */
  async timedRun(): Promise<number> {
    const start = performance.now();
    await this.run();
    return (performance.now() - start) / this.repeats;
  }

  /** Returns milliseconds per repetition by the GPU's timestamps; null if it has none. */
  async gpuTime(): Promise<number | null> {
    if (!this.device.features.has('timestamp-query')) return null;
    const rows = await this.capture.profile();
    return rows.reduce((sum, row) => sum + row.milliseconds, 0) / this.repeats;
  }

  dispose(): void {
    this.capture.dispose();
  }
}
