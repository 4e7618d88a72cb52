import { BufferPool, inVectors, largestBinding, type PooledBuffer } from './buffer-pool.ts';
import type { Capture } from './capture.ts';
import { callable, checkValue } from './check-options.ts';
import type { Choices } from './choices.ts';
import type { OnCompile } from './compile-progress.ts';
import { type DispatchSpec, type GpuRules, recordDispatch } from './dispatch.ts';
import { asError, ErrorScopes } from './error-scopes.ts';
import { DeviceLimitError, DeviceLostError } from './errors.ts';
import type { MemoryEstimate, MemoryPlan } from './estimate.ts';
import type { Kernel } from './kernel.ts';
import { type MemoryReport, memoryReport } from './memory.ts';
import { PipelineCache } from './pipelines.ts';
import type { ProfileRow } from './profiler.ts';
import { Readback } from './readback.ts';
import { Recording } from './recording.ts';
import { type Command, endUse, type Recorded, Resolver, releaseBuffer } from './resolver.ts';
import { newStats, type Stats } from './stats.ts';
import { type Owner, Storage, type StorageView } from './storage.ts';
import type { SubmitBudget } from './submit-budget.ts';
import { synchronous } from './synchronous.ts';
import { type Tuning, tuningFor } from './tuning.ts';
import { UniformCache } from './uniforms.ts';
import { type DeviceListener, watchDevice } from './watch-device.ts';
import type { WriteLog } from './write-log.ts';

/** State of a capture in progress. */
interface CaptureInProgress {
  /** storages that the capture allocated */
  made: Set<Storage>;
  /** storages that the capture uses but did not allocate */
  retained: Set<Storage>;
  recording: Recording;
  /** set when memory is only counted and not allocated */
  estimate?: MemoryEstimate;
}

/** Hooks from the host environment. */
export interface DeviceHost {
  /** called by `destroy()` */
  onDestroy?: () => void;
  /** wraps every wait for the GPU, for example to avoid busy polling */
  wait?: <T>(promise: Promise<T>) => Promise<T>;
  /** splits long work into several submissions */
  budget?: SubmitBudget;
}

/** Bytes per write from the host: the browser or driver stages each write in memory of that size. */
const UPLOAD_PIECE = 64 * 2 ** 20;

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
  /** resolves when the device is lost, with the reason */
  readonly lost: Promise<{ reason: string; message: string }>;
  /** path of the layer that is recording; part of every label */
  path = '';

  readonly pipelines: PipelineCache;
  private readonly resolver: Resolver;
  private readonly pool: BufferPool;
  private readonly uniforms: UniformCache;
  private readonly readback: Readback;
  private readonly errorScopes: ErrorScopes;
  private readonly storages = new Set<Storage>();
  private list: Recorded[] = [];
  private capturing: CaptureInProgress | null = null;
  private owner: Owner = 'tensor';
  private loss: DeviceLostError | null = null;
  private readonly host: DeviceHost;
  private readonly listener: DeviceListener; // kept here, since the GPUDevice refers to it weakly

  constructor(gpu: GPUDevice, description: string, host: DeviceHost = {}) {
    this.gpu = gpu;
    this.description = description;
    this.limits = gpu.limits;
    this.features = gpu.features as unknown as ReadonlySet<string>;
    this.host = host;
    this.tuning = tuningFor(gpu.adapterInfo ?? {}, this.features.has('subgroups'));
    this.pipelines = new PipelineCache(gpu, this.stats, this.tuning);
    this.resolver = new Resolver(gpu, this.pipelines, this.stats);
    this.pool = new BufferPool(gpu, this.stats);
    this.uniforms = new UniformCache(gpu);
    this.readback = new Readback(gpu, this.stats);
    this.errorScopes = new ErrorScopes(gpu, () => this.assertUsable());
    this.listener = {
      onError: (error) => this.errorScopes.add(asError(error, 'a command')),
      onLost: (reason, message) => {
        this.loss ??= new DeviceLostError(reason, message);
      },
    };
    this.lost = watchDevice(gpu, this.listener);
  }

  /** Returns memory for an operation's result. It acquires a GPU buffer at its first use. */
  allocate(byteLength: number, label: string, owner: Owner = this.owner): Storage {
    this.assertUsable();
    const limit = largestBinding(this.limits);
    const estimate = this.capturing?.estimate;
    if (estimate) {
      if (byteLength > estimate.largest.bytes) estimate.largest = { bytes: byteLength, label };
    } else if (byteLength > limit) {
      throw new DeviceLimitError(
        `${label}: needs ${byteLength} bytes in one buffer, but this adapter (${this.description}) binds at most ` +
          `${limit}. Use a smaller batch or input side.`,
      );
    }
    const most = estimate ? Number.MAX_SAFE_INTEGER : limit;
    const made = new Storage(this, inVectors(byteLength, most), owner, label, (storage) => {
      this.storages.delete(storage);
      if (storage.pending === 0) releaseBuffer(storage);
    });
    this.storages.add(made);
    this.capturing?.made.add(made);
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
    this.assertUsable();
    const other = this.rules?.replace(kernel, spec, this);
    const recorded = recordDispatch(other?.kernel ?? kernel, other?.spec ?? spec, this, this.uniforms);
    for (const { view, isWritten } of recorded.views) {
      if (this.capturing) this.useInCapture(view.storage, this.capturing);
      view.storage.pending++;
      if (isWritten) noteWrite(this.capturing?.recording.writesInto(view.storage), view, recorded.label);
    }
    this.list.push(recorded);
    if (!this.capturing && this.list.length >= EAGER_BATCH) this.flush();
  }

  /** Submits the recorded dispatches. */
  flush(): void {
    this.assertUsable();
    if (this.capturing)
      throw new Error('flush: cannot submit inside capture(). Call it after capture() has returned.');
    if (this.list.length === 0) return;
    const list = this.list;
    this.list = [];
    this.errorScopes.during((watch) => {
      this.run(watch(this.resolver.resolve(list, this.pool, true)), 'eager');
    });
  }

  /** Writes host data into memory, after the dispatches recorded before. */
  upload(view: StorageView, data: ArrayBufferView<ArrayBuffer>): void {
    const { buffer } = this.writable(view.storage);
    noteWrite(undefined, view, 'write()');
    this.readback.copyRest();
    for (let start = 0; start < data.byteLength; start += UPLOAD_PIECE) {
      const piece = new Uint8Array(
        data.buffer,
        data.byteOffset + start,
        Math.min(UPLOAD_PIECE, data.byteLength - start),
      );
      this.gpu.queue.writeBuffer(buffer, view.byteOffset + start, piece);
    }
  }

  /** Lets `encode` write memory with WebGPU commands, after the dispatches recorded before. */
  encodeInto(view: StorageView, encode: (encoder: GPUCommandEncoder, buffer: GPUBuffer) => void): void {
    const { buffer } = this.writable(view.storage);
    noteWrite(undefined, view, 'a copy');
    this.errorScopes.during(() => {
      const encoder = this.gpu.createCommandEncoder();
      encode(encoder, buffer);
      this.submit(encoder.finish());
    });
  }

  /**
   * Copies the bytes of one range over another, after the dispatches recorded before.
   * @throws Error when their sizes differ, when they are in the same buffer, or when nothing was written to `from` yet
   */
  copy(from: StorageView, to: StorageView): void {
    const { byteLength, byteOffset, storage } = from;
    if (byteLength !== to.byteLength) {
      throw new Error(
        `copy: the ranges differ in size (got ${byteLength} and ${to.byteLength} bytes). Copy between ranges of equal size.`,
      );
    }
    if (storage === to.storage) {
      throw new Error(
        'copy: both ranges are in the same buffer, which WebGPU cannot copy. Copy through a third tensor.',
      );
    }
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
    try {
      const copies = await this.wait(this.errorScopes.during(() => this.readback.read(views)));
      await this.errorScopes.settle();
      return copies;
    } catch (error) {
      // losing the device aborts the read, in Chromium before `lost` resolves
      if ((error as Error).name === 'AbortError') await this.lost;
      await this.errorScopes.settle();
      throw error;
    }
  }

  /** Waits until the GPU has finished all recorded work; throws the first error since the last wait. */
  async sync(): Promise<void> {
    this.flush();
    await this.wait(this.gpu.queue.onSubmittedWorkDone()).catch(() => {}); // the device was lost; `settle` says so
    await this.errorScopes.settle();
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
    this.flush();
    const retained = new Set<Storage>();
    const recording = new Recording();
    this.capturing = { made: new Set(), retained, recording };
    let list: Recorded[] = [];
    let outputs: T;
    let loaded: typeof import('./capture.ts');
    const release = () => {
      for (const storage of retained) storage.release();
    };
    try {
      try {
        outputs = this.withOwner('capture', fn);
      } finally {
        list = this.list;
        this.list = [];
        this.capturing = null;
      }
      [loaded] = await Promise.all([
        import('./capture.ts'), // loaded on demand, since many pages do not capture
        this.wait(this.errorScopes.compile(list, this.pipelines, onProgress)),
      ]);
    } catch (error) {
      for (const { views } of list) for (const { view } of views) endUse(view.storage);
      release();
      throw error;
    }
    const pool = new loaded.CaptureBuffers(this.gpu, this.stats);
    const dispose = () => {
      // dispatches that read its outputs may not be submitted yet
      if (!this.loss && !this.capturing) this.flush();
      release();
      this.readback.copyRest();
      pool.destroy();
    };
    const commands = this.errorScopes.during((watch) => {
      pool.assign(list);
      return watch(this.resolver.resolve(list, pool, false));
    });
    try {
      await this.errorScopes.settle();
    } catch (error) {
      dispose();
      throw error;
    }
    recording.close();
    return new loaded.Capture(this, commands, retained, recording, outputs, dispose);
  }

  /**
   * Returns the memory that a capture of `fn` would need, also beyond the device's limits: nothing is allocated, compiled or
   * run. `fn` must free all tensors that it creates (see `scope`). `plan` is `plannedBytes`, passed in so that it is loaded
   * only when needed.
   */
  estimate(fn: () => void, plan: MemoryPlan): MemoryEstimate {
    if (this.capturing) throw new Error('estimate: cannot run inside capture(). Call it before or after.');
    this.flush();
    const retained = new Set<Storage>();
    const estimate: MemoryEstimate = { bytes: 0, largest: { bytes: 0, label: '' } };
    this.capturing = { made: new Set(), retained, recording: new Recording(), estimate };
    try {
      this.withOwner('capture', fn);
    } finally {
      const list = this.list;
      this.list = [];
      this.capturing = null;
      estimate.bytes = plan(list, retained);
      for (const storage of retained) storage.release();
    }
    return estimate;
  }

  /** Submits the commands of a capture; for `Capture.run`. */
  replay(commands: readonly Command[], checked: boolean): void {
    this.flush();
    const run = () => this.run(commands, 'replay');
    if (checked) {
      this.errorScopes.during((watch) => {
        watch(commands);
        run();
      });
    } else run();
  }

  /** Runs `fn` and returns GPU time by operation and kernel. Needs the feature `timestamp-query`. */
  async profile(fn: () => void): Promise<ProfileRow[]> {
    const captured = await this.capture(fn);
    try {
      return await captured.profile();
    } finally {
      captured.dispose();
    }
  }

  /**
   * Profiles the commands of a capture; for `Capture.profile`.
   * @throws Error when the adapter has no timestamp-query
   */
  async profileCommands(commands: readonly Command[]): Promise<ProfileRow[]> {
    if (!this.features.has('timestamp-query')) {
      throw new Error(`profile: this adapter (${this.description}) has no timestamp-query`);
    }
    this.flush();
    this.readback.copyRest();
    // loaded on demand, since most pages do not profile
    const { profileCommands } = await import('./profiler.ts');
    const rows = await this.wait(profileCommands(this.gpu, this.pipelines, commands, this.host.budget));
    await this.errorScopes.settle();
    return rows;
  }

  /** Returns the bytes in use by owner. */
  memory(): MemoryReport {
    return memoryReport(this.storages, this.stats, this.loss !== null);
  }

  /** Destroys pooled and staging buffers that are not in use. */
  trim(): void {
    this.flush();
    this.readback.trim();
    this.pool.trim();
  }

  /** Whether a capture is being recorded; then nothing can be read. */
  get isCapturing(): boolean {
    return this.capturing !== null;
  }

  /** Internal: the dispatches recorded and not yet submitted. */
  get recorded(): readonly Recorded[] {
    return this.list;
  }

  /** Internal: checks and side effects of the capture being recorded; null outside of capture(). */
  get recording(): Recording | null {
    return this.capturing?.recording ?? null;
  }

  /** Frees everything; later calls throw `DeviceLostError`. */
  destroy(): void {
    this.loss ??= new DeviceLostError('destroyed', 'destroy() was called');
    this.gpu.destroy();
    this.host.onDestroy?.();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /**
   * Retains a storage that was created outside of the capture, and acquires a buffer for it from the device's pool even
   * if nothing has been written to it yet. A buffer of the capture's pool would also be used by earlier commands of the
   * recording, which at a replay would overwrite what the host wrote.
   */
  private useInCapture(storage: Storage, { made, retained, estimate }: CaptureInProgress): void {
    if (!storage.buffer) {
      if (made.has(storage)) return;
      if (!estimate) storage.buffer = this.pool.take(storage.byteLength, storage.label);
    }
    if (!retained.has(storage)) retained.add(storage.retain());
  }

  /** Returns a storage's buffer for a host write, after submitting the commands recorded before. */
  private writable(storage: Storage): PooledBuffer {
    this.assertUsable();
    storage.assertUsable(this);
    if (storage.pending > 0) {
      if (this.capturing)
        throw new Error(
          `${storage.label}: written by the host inside capture(). Write before or after capture().`,
        );
      this.flush();
    }
    storage.buffer ??= this.pool.take(storage.byteLength, storage.label);
    return storage.buffer;
  }

  /** Internal: waits for the GPU as the host requires. */
  wait<T>(promise: Promise<T>): Promise<T> {
    return this.host.wait?.(promise) ?? promise;
  }

  private assertUsable(): void {
    if (this.loss) throw this.loss;
  }

  /** Encodes and submits commands, in several submissions if they take long. */
  private run(commands: readonly Command[], label: string): void {
    const { budget } = this.host;
    for (const part of budget?.split(commands) ?? [commands]) {
      const encoder = this.gpu.createCommandEncoder();
      this.resolver.encode(part, encoder, label);
      this.submit(encoder.finish());
      budget?.measure(part);
    }
  }

  private submit(buffer: GPUCommandBuffer): void {
    this.readback.copyRest();
    this.gpu.queue.submit([buffer]);
    this.stats.submits++;
  }
}

/** Adds a write to the log of a recording, or, if it takes effect immediately, to the storage's log. */
function noteWrite(log: WriteLog | undefined, view: StorageView, by: string): void {
  const { storage, byteOffset, byteLength } = view;
  (log ?? storage.writes).add(byteOffset, byteOffset + byteLength, by);
}
