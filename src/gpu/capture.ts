import type { Device } from './device.ts';
import type { ProfileRow } from './profiler.ts';
import type { Command } from './recorder.ts';
import type { Storage } from './storage.ts';

/** A recorded piece of work that is replayed with `run()`; made by `device.capture(fn)`. */
export class Capture<T> {
  /** what the captured function returned; its tensors hold the results of the latest `run()` */
  readonly outputs: T;
  private readonly device: Device;
  private readonly commands: readonly Command[];
  private readonly inputs: Iterable<Storage>;
  private readonly onDispose: () => void;
  private state: 'new' | 'ran' | 'disposed' = 'new';

  /** @param inputs memory that it uses and did not make */
  constructor(
    device: Device,
    commands: readonly Command[],
    inputs: Iterable<Storage>,
    outputs: T,
    onDispose: () => void,
  ) {
    this.device = device;
    this.commands = commands;
    this.inputs = inputs;
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
    // an input may be the output of a capture that was disposed
    for (const storage of this.inputs) storage.assertUsable(this.device);
  }
}
