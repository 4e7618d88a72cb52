import { BufferPool, inVectors, largestBinding, type PooledBuffer } from '../../gpu/buffer-pool.ts';
import type { Device } from '../../gpu/device.ts';
import { DeviceLimitError } from '../../gpu/errors.ts';
import type { Command, Recorded } from '../../gpu/resolver.ts';
import type { Operation } from './collect.ts';

/**
 * Memory on which recorded dispatches are timed: one buffer per binding, as large as the largest tensor that is bound
 * there. The tensors of the work itself are not accessed.
 */
export class Scratch {
  private readonly device: Device;
  private readonly pool: BufferPool;
  private readonly most: number;
  private readonly buffers = new Map<number, PooledBuffer>();

  /** @throws DeviceLimitError when a tensor of the operations is larger than the device allows */
  constructor(device: Device, operations: readonly Operation[]) {
    this.device = device;
    this.pool = new BufferPool(device.gpu, device.stats);
    this.most = largestBinding(device.limits);
    const sizes = new Map<number, number>();
    for (const { candidates } of operations) {
      for (const { label, views } of candidates.flatMap(({ dispatches }) => dispatches)) {
        for (const { binding, view } of views) {
          if (view.byteLength > this.most) {
            throw new DeviceLimitError(
              `tune: ${label} needs ${view.byteLength} bytes in one buffer, but this adapter (${device.description}) binds ` +
                `at most ${this.most}. Use a smaller batch or input side.`,
            );
          }
          sizes.set(binding, Math.max(sizes.get(binding) ?? 0, inVectors(view.byteLength, this.most)));
        }
      }
    }
    for (const [binding, size] of sizes) this.buffers.set(binding, this.pool.take(size, 'tune'));
  }

  /** Returns dispatches as commands that use this memory. */
  bind(dispatches: readonly Recorded[]): Command[] {
    const place = (binding: number) => (this.buffers.get(binding) as PooledBuffer).buffer;
    return dispatches.map((one) =>
      bindCommand(this.device, one, this.most, ({ binding }) => ({ buffer: place(binding), offset: 0 })),
    );
  }

  destroy(): void {
    this.pool.destroy();
  }
}

/** Returns a dispatch as a command whose tensors are at the given places; `most` is the largest binding. */
export function bindCommand(
  device: Device,
  { label, entry, uniform, views, groups }: Recorded,
  most: number,
  placeOf: (view: Recorded['views'][number]) => { buffer: GPUBuffer; offset: number },
): Command {
  const entries: GPUBindGroupEntry[] = views.map((one) => ({
    binding: one.binding,
    resource: { ...placeOf(one), size: inVectors(one.view.byteLength, most) },
  }));
  if (uniform) {
    const { buffer, offset, byteLength } = uniform;
    entries.push({ binding: 0, resource: { buffer, offset, size: byteLength } });
  }
  const bindGroup = device.gpu.createBindGroup({ label, layout: entry.layout, entries });
  return { label, entry, bindGroup, groups };
}
