import type { Device } from './device.ts';
import type { ProfileRow } from './profiler.ts';
import type { Command } from './recorder.ts';

/** A recorded piece of work that is replayed with `run()`; made by `device.capture(fn)`. */
export class Capture<T> {
  /** what the captured function returned; its tensors hold the results of the latest `run()` */
  readonly outputs: T;
  private readonly device: Device;
  private readonly commands: readonly Command[];
  private readonly onDispose: () => void;
  private state: 'new' | 'ran' | 'disposed' = 'new';

  constructor(device: Device, commands: readonly Command[], outputs: T, onDispose: () => void) {
    this.device = device;
    this.commands = commands;
    this.outputs = outputs;
    this.onDispose = onDispose;
  }

  /** dispatches of one run */
  get dispatches(): number {
    return this.commands.length;
  }

  /** Replays the whole recording in one pass and one submission. */
  run(): T {
    this.assertLive();
    this.device.replay(this.commands, this.state === 'new');
    this.state = 'ran';
    return this.outputs;
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
  }
}
