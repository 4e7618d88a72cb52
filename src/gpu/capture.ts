import { CaptureBuffers } from './capture-buffers.ts';
import type { CaptureInProgress } from './capture-in-progress.ts';
import type { Device } from './device.ts';
import type { ProfileRow } from './profiler.ts';
import type { Recording } from './recording.ts';
import type { Command } from './resolver.ts';
import type { Storage, StorageView } from './storage.ts';
import type { Submissions } from './submissions.ts';

/** Recorded work that `run()` replays; created by `device.capture(fn)`. */
export class Capture<T> {
  /** what the captured function returned; its tensors hold the results of the latest `run()` */
  readonly outputs: T;
  private readonly device: Device;
  private readonly commands: readonly Command[];
  private readonly inputs: Iterable<Storage>;
  private readonly recording: Recording;
  private readonly onDispose: () => void;
  private state: 'new' | 'ran' | 'disposed' = 'new';

  /** @param inputs memory that the commands use and that was allocated outside of the capture */
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

  /** number of dispatches per run */
  get dispatches(): number {
    return this.commands.length;
  }

  /**
   * The reason why the recording is stale: its code would do something else now, for example because a parameter was
   * frozen after the recording. Null if it is up to date. A stale capture must be recorded again.
   */
  get stale(): string | null {
    for (const check of this.recording.checks) {
      const reason = check();
      if (reason) return reason;
    }
    return null;
  }

  /**
   * Replays the whole recording, in one submission or, if it takes long, in several.
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

  /** Returns whether a run writes into this memory. */
  writes(view: StorageView): boolean {
    return this.recording.wrote(view);
  }

  /** Runs once with timestamps around each dispatch; resolves to GPU time by operation and kernel. */
  async profile(): Promise<ProfileRow[]> {
    this.assertLive();
    return this.device.profileCommands(this.commands);
  }

  /** Frees the memory of the recording. Its outputs must not be used afterwards. */
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

/**
 * Allocates the memory of recorded work, whose pipelines are compiled, and returns its capture.
 * @param outputs what the captured function returned
 * @param submitRecorded submits the dispatches that may read the capture's outputs; called before they are freed
 */
export async function completeCapture<T>(
  device: Device,
  submissions: Submissions,
  work: CaptureInProgress,
  outputs: T,
  submitRecorded: () => void,
): Promise<Capture<T>> {
  const { list, recording, retained } = work;
  const { errorScopes, readback, resolver } = submissions;
  const buffers = new CaptureBuffers(submissions.newPool());
  const dispose = () => {
    submitRecorded();
    work.release();
    readback.copyRest();
    buffers.destroy();
  };
  const commands = errorScopes.during((watch) => {
    buffers.assign(list);
    return watch(resolver.resolve(list, buffers, false));
  });
  try {
    await errorScopes.settle();
  } catch (error) {
    dispose();
    throw error;
  }
  recording.close();
  return new Capture(device, commands, retained, recording, outputs, dispose);
}
