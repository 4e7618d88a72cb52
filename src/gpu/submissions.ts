import { BufferPool } from './buffer-pool.ts';
import type { DeviceHost } from './device-host.ts';
import { ErrorScopes } from './error-scopes.ts';
import type { PipelineCache } from './pipelines.ts';
import { Readback } from './readback.ts';
import { type Command, type Recorded, Resolver } from './resolver.ts';
import type { Stats } from './stats.ts';
import type { StorageView } from './storage.ts';

/** Bytes per write from the host: the browser or driver stages each write in memory of that size. */
const UPLOAD_PIECE = 64 * 2 ** 20;

/**
 * The device's use of the GPU's queue: submits commands, writes from the host and copies to the host, in the order of the
 * calls.
 */
export class Submissions {
  readonly host: DeviceHost;
  readonly errorScopes: ErrorScopes;
  readonly pool: BufferPool;
  readonly readback: Readback;
  readonly resolver: Resolver;
  private readonly gpu: GPUDevice;
  private readonly stats: Stats;

  /** @param assertUsable throws if the device is lost */
  constructor(
    gpu: GPUDevice,
    pipelines: PipelineCache,
    stats: Stats,
    host: DeviceHost,
    assertUsable: () => void,
  ) {
    this.gpu = gpu;
    this.stats = stats;
    this.host = host;
    this.errorScopes = new ErrorScopes(gpu, assertUsable);
    this.pool = new BufferPool(gpu, stats);
    this.readback = new Readback(gpu, stats);
    this.resolver = new Resolver(gpu, pipelines, stats);
  }

  /** Returns another pool, for a capture. */
  newPool(): BufferPool {
    return new BufferPool(this.gpu, this.stats);
  }

  /** Submits recorded dispatches. */
  submit(list: readonly Recorded[]): void {
    this.errorScopes.during((watch) => {
      this.run(watch(this.resolver.resolve(list, this.pool, true)), 'eager');
    });
  }

  /** Submits the commands of a capture; `checked` if they are new. */
  replay(commands: readonly Command[], checked: boolean): void {
    if (checked) this.errorScopes.during((watch) => this.run(watch(commands), 'replay'));
    else this.run(commands, 'replay');
  }

  /** Writes host data into a buffer. */
  write(buffer: GPUBuffer, byteOffset: number, data: ArrayBufferView<ArrayBuffer>): void {
    this.readback.copyRest();
    for (let start = 0; start < data.byteLength; start += UPLOAD_PIECE) {
      const piece = new Uint8Array(
        data.buffer,
        data.byteOffset + start,
        Math.min(UPLOAD_PIECE, data.byteLength - start),
      );
      this.gpu.queue.writeBuffer(buffer, byteOffset + start, piece);
    }
  }

  /** Submits the WebGPU commands that `encode` adds. */
  encode(encode: (encoder: GPUCommandEncoder) => void): void {
    this.errorScopes.during(() => {
      const encoder = this.gpu.createCommandEncoder();
      encode(encoder);
      this.finish(encoder);
    });
  }

  /**
   * Copies ranges to the host and throws the first error since the last wait.
   * @param lost resolves when the device is lost
   */
  async read(views: readonly StorageView[], lost: Promise<unknown>): Promise<ArrayBuffer[]> {
    try {
      return await this.wait(this.errorScopes.during(() => this.readback.read(views)));
    } catch (error) {
      // losing the device aborts the read, in Chromium before `lost` resolves
      if ((error as Error).name === 'AbortError') await lost;
      throw error;
    } finally {
      await this.errorScopes.settle(); // its error takes precedence
    }
  }

  /** Waits until the GPU has finished all submitted work; throws the first error since the last wait. */
  async sync(): Promise<void> {
    await this.wait(this.gpu.queue.onSubmittedWorkDone()).catch(() => {}); // the device was lost; `settle` says so
    await this.errorScopes.settle();
  }

  /** Destroys pooled and staging buffers that are not in use. */
  trim(): void {
    this.readback.trim();
    this.pool.trim();
  }

  /** Waits for the GPU as the host requires. */
  wait<T>(promise: Promise<T>): Promise<T> {
    return this.host.wait?.(promise) ?? promise;
  }

  /** Encodes and submits commands, in several submissions if they take long. */
  private run(commands: readonly Command[], label: string): void {
    const { budget } = this.host;
    for (const part of budget?.split(commands) ?? [commands]) {
      const encoder = this.gpu.createCommandEncoder();
      this.resolver.encode(part, encoder, label);
      this.finish(encoder);
      budget?.measure(part);
    }
  }

  private finish(encoder: GPUCommandEncoder): void {
    this.readback.copyRest();
    this.gpu.queue.submit([encoder.finish()]);
    this.stats.submits++;
  }
}
