import type { StorageView } from './storage.ts';

/** Staging buffers for reading back, kept by size and used again. */
export class Readback {
  private readonly gpu: GPUDevice;
  private readonly free: GPUBuffer[] = [];

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
  }

  /** Copies the ranges to the host in one submission. The caller has checked them and flushed what writes them. */
  async read(views: readonly StorageView[]): Promise<ArrayBuffer[]> {
    const offsets: number[] = [];
    let total = 0;
    for (const view of views) {
      offsets.push(total);
      total += Math.ceil(view.byteLength / 4) * 4;
    }
    const staging = this.take(total);
    const encoder = this.gpu.createCommandEncoder({ label: 'read back' });
    views.forEach((view, i) => {
      const buffer = view.storage.buffer;
      if (!buffer) throw new Error(`${view.storage.label}: nothing has written this tensor yet`);
      encoder.copyBufferToBuffer(
        buffer.gpu,
        view.byteOffset,
        staging,
        offsets[i] as number,
        Math.ceil(view.byteLength / 4) * 4,
      );
    });
    this.gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(1 /* READ */, 0, total);
    const bytes = staging.getMappedRange(0, total);
    const copies = views.map((view, i) => {
      const start = offsets[i] as number;
      return bytes.slice(start, start + view.byteLength);
    });
    staging.unmap();
    this.free.push(staging);
    return copies;
  }

  private take(bytes: number): GPUBuffer {
    const at = this.free.findIndex((buffer) => buffer.size >= bytes);
    if (at >= 0) return this.free.splice(at, 1)[0] as GPUBuffer;
    const size = 2 ** Math.max(8, Math.ceil(Math.log2(Math.max(1, bytes))));
    return this.gpu.createBuffer({ label: 'staging', size, usage: 1 /* MAP_READ */ | 8 /* COPY_DST */ });
  }
}
