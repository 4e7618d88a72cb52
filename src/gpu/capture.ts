import type { Device } from './device.ts';
import type { ProfileRow } from './profiler.ts';
import type { Recording } from './recording.ts';
import type { Command } from './resolver.ts';
import type { Storage, StorageView } from './storage.ts';

/** A recorded piece of work that is replayed with `run()`; made by `device.capture(fn)`. */
export class Capture<T> {
  /** what the captured function returned; its tensors hold the results of the latest `run()` */
  readonly outputs: T;
  private readonly device: Device;
  private readonly commands: readonly Command[];
  private readonly inputs: Iterable<Storage>;
  private readonly recording: Recording;
  private readonly onDispose: () => void;
  private state: 'new' | 'ran' | 'disposed' = 'new';

  /** @param inputs memory that it uses and did not make */
  constructor(
    device: Device,
    commands: readonly Command[],
    inputs: Iterable<Storage>,
    recording: Recording,
    outputs: T,
    onDispose: () => void,
  ) {
    this.device = device;
    this.commands = commands;
    this.inputs = inputs;
    this.recording = recording;
    this.outputs = outputs;
    this.onDispose = onDispose;
  }

  /** dispatches of one run */
  get dispatches(): number {
    return this.commands.length;
  }

  /**
   * Why the recording no longer does what its code would do now, such as a parameter that was frozen since; null while
   * it does. A stale recording must be recorded again.
   */
  get stale(): string | null {
    for (const check of this.recording.checks) {
      const reason = check();
      if (reason) return reason;
    }
    return null;
  }

  /**
   * Replays the whole recording in one pass and one submission.
   * @throws Error when the capture is disposed or stale
   */
  run(): T {
    this.assertLive();
    const { stale } = this;
    if (stale) throw new Error(stale);
    this.device.replay(this.commands, this.state === 'new');
    this.state = 'ran';
    this.recording.replayed();
    for (const effect of this.recording.effects) effect();
    return this.outputs;
  }

  /** Whether a run writes into this memory. */
  writes(view: StorageView): boolean {
    return this.recording.wrote(view);
  }

  /** Runs once with a timestamp around each dispatch. */
  async profile(): Promise<ProfileRow[]> {
    this.assertLive();
    return this.device.profileCommands(this.commands);
  }

  /** Frees the recording's memory; its outputs must not be used any more. */
  dispose(): void {
    if (this.state === 'disposed') return;
    this.state = 'disposed';
    this.onDispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private assertLive(): void {
    if (this.state === 'disposed') throw new Error('this capture was disposed; record it again');
    // an input may be the output of a capture that was disposed
    for (const storage of this.inputs) storage.assertUsable(this.device);
  }
}
