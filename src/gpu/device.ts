import type { PooledBuffer } from './buffer-pool.ts';
import type { Capture } from './capture.ts';
import { CaptureInProgress } from './capture-in-progress.ts';
import { callable, checkValue } from './check-options.ts';
import type { Choices } from './choices.ts';
import type { OnCompile } from './compile-progress.ts';
import type { DeviceHost } from './device-host.ts';
import { type DispatchSpec, type GpuRules, type PatchRule, recordDispatch } from './dispatch.ts';
import { asError } from './error-scopes.ts';
import { DeviceLostError } from './errors.ts';
import type { MemoryEstimate, MemoryPlan } from './estimate.ts';
import type { Kernel } from './kernel.ts';
import { type MemoryReport, memoryReport, newStorage } from './memory.ts';
import { dropOverwritten } from './overwritten.ts';
import { PipelineCache } from './pipelines.ts';
import type { ProfileRow } from './profiler.ts';
import type { Recording } from './recording.ts';
import type { Command, Recorded } from './resolver.ts';
import { newStats, type Stats } from './stats.ts';
import { assertCopyable, noteWrite, type Owner, type Storage, type StorageView } from './storage.ts';
import { Submissions } from './submissions.ts';
import { synchronous } from './synchronous.ts';
import { type Tuning, tuningFor } from './tuning.ts';
import { UniformCache } from './uniforms.ts';
import { type DeviceListener, watchDevice } from './watch-device.ts';

/** The device whose capture is being recorded. */
let recordingDevice: Device | null = null;

/** Number of recorded dispatches after which eager mode submits them, so that the GPU does not idle. */
const EAGER_BATCH = 512;

/**
 * A WebGPU device that records dispatches and submits them together. Nothing runs until a read, a
 * `flush()`, or a full batch. All methods throw `DeviceLostError` once the device is lost.
 */
export class Device {
  /** WebGPU's own device */
  readonly gpu: GPUDevice;
  /** the adapter's name, for reports */
  readonly description: string;
  /** device limits, requested up to what the adapter supports */
  readonly limits: GPUSupportedLimits;
  /** enabled optional features */
  readonly features: ReadonlySet<string>;
  /** counters of objects and work */
  readonly stats: Stats = newStats();
  /**
   * parameters that select kernels, tiles and workgroups; derived from the adapter, may be replaced before anything is
   * recorded
   */
  tuning: Tuning;
  /** Internal: the table in use, measured on this adapter; null for the rules of `tuning` */
  choices: Choices | null = null;
  /** Internal: dispatches that suit a GPU better than the default ones; null on software adapters */
  rules: GpuRules | null = null;
  /** Internal: divides convolutions on software adapters; null on others */
  patches: PatchRule | null = null;
  /** resolves when the device is lost, with the reason */
  readonly lost: Promise<{ reason: string; message: string }>;
  /** path of the layer that is recording; part of every label */
  path = '';

  readonly pipelines: PipelineCache;
  private readonly submissions: Submissions;
  private readonly uniforms: UniformCache;
  private readonly storages = new Set<Storage>();
  private owner: Owner = 'tensor';
  private list: Recorded[] = [];
  private capturing: CaptureInProgress | null = null;
  private loss: DeviceLostError | null = null;
  private readonly listener: DeviceListener; // kept here, since the GPUDevice refers to it weakly

  constructor(gpu: GPUDevice, description: string, host: DeviceHost = {}) {
    this.gpu = gpu;
    this.description = description;
    this.limits = gpu.limits;
    this.features = gpu.features as unknown as ReadonlySet<string>;
    this.tuning = tuningFor(gpu.adapterInfo ?? {}, this.features.has('subgroups'));
    this.pipelines = new PipelineCache(gpu, this.stats, this.tuning);
    this.submissions = new Submissions(gpu, this.pipelines, this.stats, host, () => this.assertUsable());
    this.uniforms = new UniformCache(gpu);
    this.listener = {
      onError: (error) => this.submissions.errorScopes.add(asError(error, 'a command')),
      onLost: (reason, message) => {
        this.loss ??= new DeviceLostError(reason, message);
      },
    };
    this.lost = watchDevice(gpu, this.listener);
  }

  /** Returns memory for an operation's result. It acquires a GPU buffer at its first use. */
  allocate(byteLength: number, label: string, owner: Owner = this.owner): Storage {
    this.assertUsable();
    const work = this.capturing;
    const made = newStorage(this.storages, this, byteLength, label, owner, work?.estimate);
    work?.made.add(made);
    return made;
  }

  /** Runs `fn`; memory that it allocates is counted under `owner`. */
  withOwner<T>(owner: Owner, fn: () => T): T {
    const before = this.owner;
    this.owner = owner;
    try {
      return synchronous(owner, fn);
    } finally {
      this.owner = before;
    }
  }

  /** Records one dispatch of `kernel`. The operation checks shapes; this method checks bindings and device limits. */
  dispatch(kernel: Kernel, spec: DispatchSpec): void {
    if (this.choices) this.choices.dispatch(kernel, spec, (chosen) => this.add(kernel, chosen));
    else this.add(kernel, spec);
  }

  private add(kernel: Kernel, spec: DispatchSpec): void {
    this.assertUsable();
    // a replay would omit work on another device; the recording device rejects its tensors
    if (recordingDevice && !this.capturing) recordingDevice.add(kernel, spec);
    const other = this.rules?.replace(kernel, spec, this);
    const recorded = recordDispatch(other?.kernel ?? kernel, other?.spec ?? spec, this, this.uniforms);
    for (const { view, isWritten } of recorded.views) {
      this.capturing?.use(view.storage, this.submissions.pool);
      view.storage.pending++;
      if (isWritten) noteWrite(this.capturing?.recording.writesInto(view.storage), view, recorded.label);
    }
    if (this.capturing) this.capturing.list.push(recorded);
    else if (this.list.push(recorded) >= EAGER_BATCH) this.flush();
  }

  /** Submits the recorded dispatches. */
  flush(): void {
    this.assertUsable();
    if (this.capturing)
      throw new Error('flush: cannot submit inside capture(). Call it after capture() has returned.');
    if (this.list.length === 0) return;
    const list = this.list;
    this.list = [];
    this.submissions.submit(list);
  }

  /**
   * Writes host data into memory, after the dispatches recorded before. Those whose results it overwrites before anything
   * reads them are dropped, such as the initial values of weights that are loaded.
   */
  upload(view: StorageView, data: ArrayBufferView<ArrayBuffer>): void {
    const { buffer } = this.writable(view.storage, view);
    noteWrite(undefined, view, 'write()');
    this.submissions.write(buffer, view.byteOffset, data);
  }

  /** Lets `encode` write memory with WebGPU commands, after the dispatches recorded before. */
  encodeInto(view: StorageView, encode: (encoder: GPUCommandEncoder, buffer: GPUBuffer) => void): void {
    const { buffer } = this.writable(view.storage);
    noteWrite(undefined, view, 'a copy');
    this.submissions.encode((encoder) => encode(encoder, buffer));
  }

  /**
   * Copies the bytes of one range over another, after the dispatches recorded before.
   * @throws Error when their sizes differ, when they are in the same buffer, or when nothing was written to `from` yet
   */
  copy(from: StorageView, to: StorageView): void {
    assertCopyable(from, to);
    const { byteLength, byteOffset, storage } = from;
    if (storage.pending > 0) this.writable(storage); // submits the commands that write it
    storage.assertUsable(this);
    const source = storage.buffer;
    if (!source) throw new Error(`copy: nothing was written to ${storage.label} yet. Write to it first.`);
    this.encodeInto(to, (encoder, target) => {
      encoder.copyBufferToBuffer(source.buffer, byteOffset, target, to.byteOffset, byteLength);
    });
  }

  /** Submits the recorded dispatches, copies ranges to the host and throws the first error so far. */
  async read(views: readonly StorageView[]): Promise<ArrayBuffer[]> {
    if (this.capturing) {
      throw new Error(
        'data: cannot read a tensor inside capture(). Return it from the function and read it after run().',
      );
    }
    this.assertUsable();
    for (const { storage } of views) storage.assertUsable(this);
    this.flush();
    return this.submissions.read(views, this.lost);
  }

  /** Waits until the GPU has finished all recorded work; throws the first error since the last wait. */
  async sync(): Promise<void> {
    this.flush();
    await this.submissions.sync();
  }

  /**
   * Runs `fn` once without submitting, compiles its pipelines in parallel and returns the recording, which `run()` replays
   * without creating a buffer, bind group or pipeline. Tensors that `fn` returns hold the results of the latest run. `fn`
   * must not read from the GPU.
   * @param onProgress called during the compilation
   */
  async capture<T>(fn: () => T, onProgress?: OnCompile): Promise<Capture<T>> {
    checkValue('capture', 'fn', fn, callable);
    if (onProgress) checkValue('capture', 'onProgress', onProgress, callable);
    if (this.capturing) throw new Error('capture: already capturing. Finish that recording first.');
    const work = new CaptureInProgress();
    const outputs = this.record(fn, work);
    const { submissions, pipelines } = this;
    const [{ completeCapture }] = await Promise.all([
      import('./capture.ts'), // loaded on demand, since many pages do not capture
      this.wait(submissions.errorScopes.compile(work.list, pipelines, onProgress)),
    ]).catch((error) => {
      work.abandon();
      throw error;
    });
    return completeCapture(this, submissions, work, outputs, () => {
      if (!this.loss && !this.capturing) this.flush();
    });
  }

  /**
   * Returns the memory that a capture of `fn` would need, also beyond the device's limits: nothing is allocated, compiled or
   * run. `fn` must free all tensors that it creates (see `scope`). `plan` is `plannedBytes`, passed in so that it is loaded
   * only when needed.
   */
  estimate(fn: () => void, plan: MemoryPlan): MemoryEstimate {
    if (this.capturing) throw new Error('estimate: cannot run inside capture(). Call it before or after.');
    const estimate: MemoryEstimate = { bytes: 0, largest: { bytes: 0, label: '' } };
    const work = new CaptureInProgress(estimate);
    this.record(fn, work);
    estimate.bytes = plan(work.list, work.retained);
    work.release();
    return estimate;
  }

  /** Submits the commands of a capture; for `Capture.run`. */
  replay(commands: readonly Command[], checked: boolean): void {
    this.flush();
    this.submissions.replay(commands, checked);
  }

  /** Runs `fn` and returns GPU time by operation and kernel. Needs the feature `timestamp-query`. */
  async profile(fn: () => void): Promise<ProfileRow[]> {
    const captured = await this.capture(fn);
    return captured.profile().finally(() => captured.dispose());
  }

  /**
   * Profiles the commands of a capture; for `Capture.profile`.
   * @throws Error when the adapter has no timestamp-query
   */
  async profileCommands(commands: readonly Command[]): Promise<ProfileRow[]> {
    this.flush();
    // loaded on demand, since most pages do not profile
    const { profileCommands } = await import('./profiler.ts');
    return profileCommands(this, this.submissions, commands);
  }

  /** Returns the bytes in use by owner. */
  memory(): MemoryReport {
    return memoryReport(this.storages, this.stats, this.loss !== null);
  }

  /** Destroys pooled and staging buffers that are not in use. */
  trim(): void {
    this.flush();
    this.submissions.trim();
  }

  /** Whether a capture is being recorded; then nothing can be read. */
  get isCapturing(): boolean {
    return this.capturing !== null;
  }

  /** Internal: the dispatches recorded and not yet submitted. */
  get recorded(): Recorded[] {
    return this.capturing?.list ?? this.list;
  }

  /** Internal: compiles what was recorded in parallel; a submission would compile one pipeline after the other. */
  compileRecorded(onProgress?: OnCompile): Promise<void> {
    return this.wait(this.submissions.errorScopes.compile(this.recorded, this.pipelines, onProgress));
  }

  /** Internal: checks and side effects of the capture being recorded; null outside of capture(). */
  get recording(): Recording | null {
    return this.capturing?.recording ?? null;
  }

  /** Frees everything; later calls throw `DeviceLostError`. */
  destroy(): void {
    this.loss ??= new DeviceLostError('destroyed', 'destroy() was called');
    this.gpu.destroy();
    this.submissions.host.onDestroy?.();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** Runs `fn` and collects what it records in `work`, instead of submitting it; drops it if `fn` throws. */
  private record<T>(fn: () => T, work: CaptureInProgress): T {
    this.flush();
    this.capturing = work;
    const outer = recordingDevice;
    recordingDevice = this;
    try {
      return this.withOwner('capture', fn);
    } catch (error) {
      work.abandon();
      throw error;
    } finally {
      this.capturing = null;
      recordingDevice = outer;
    }
  }

  /**
   * Returns a storage's buffer for a host write, after submitting the commands recorded before.
   * @param whole the range if all of it is overwritten
   */
  private writable(storage: Storage, whole?: StorageView): PooledBuffer {
    this.assertUsable();
    storage.assertUsable(this);
    const { pending } = storage;
    // a replay would not repeat the write; memory that the capture allocated keeps it as a constant
    if (this.capturing && (pending || !this.capturing.made.has(storage)))
      throw new Error(
        `${storage.label}: written by the host inside capture(). Write before or after capture().`,
      );
    if (pending && (!whole || dropOverwritten(this.list, whole))) this.flush();
    storage.buffer ??= this.submissions.pool.take(storage.byteLength, storage.label);
    return storage.buffer;
  }

  /** Internal: waits for the GPU as the host requires. */
  wait<T>(promise: Promise<T>): Promise<T> {
    return this.submissions.wait(promise);
  }

  private assertUsable(): void {
    if (this.loss) throw this.loss;
  }
}
