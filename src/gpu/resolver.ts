import { type BufferPool, inVectors, largestBinding, type PooledBuffer } from './buffer-pool.ts';
import type { PipelineCache, PipelineEntry } from './pipelines.ts';
import type { Stats } from './stats.ts';
import type { Storage, StorageView } from './storage.ts';
import type { UniformSlot } from './uniforms.ts';

/** A recorded dispatch: a kernel and its memory, not yet bound to GPU buffers. */
export interface Recorded {
  readonly label: string;
  readonly entry: PipelineEntry;
  readonly uniform: UniformSlot | null;
  readonly views: readonly { binding: number; view: StorageView; isWritten: boolean }[];
  readonly groups: readonly [number, number, number];
}

/** A dispatch ready to encode. */
export interface Command {
  readonly label: string;
  readonly entry: PipelineEntry;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number, number];
}

const MAX_BIND_GROUPS = 8192;

/**
 * Turns recorded dispatches into commands. It walks the list in order: a storage acquires a buffer at its first use
 * and, if nothing references it any more, releases it after its last use, so a later dispatch of the same list can use
 * that buffer. This is safe because WebGPU orders the dispatches of a pass that access the same memory.
 */
export class Resolver {
  private readonly gpu: GPUDevice;
  private readonly pipelines: PipelineCache;
  private readonly stats: Stats;
  private readonly mostBound: number;
  private bindGroups = new Map<string, GPUBindGroup>();

  constructor(gpu: GPUDevice, pipelines: PipelineCache, stats: Stats) {
    this.gpu = gpu;
    this.mostBound = largestBinding(gpu.limits);
    this.pipelines = pipelines;
    this.stats = stats;
  }

  resolve(list: readonly Recorded[], pool: Pick<BufferPool, 'take'>, cacheGroups: boolean): Command[] {
    const commands: Command[] = [];
    for (const item of list) {
      for (const { view } of item.views) {
        const storage = view.storage;
        storage.buffer ??= pool.take(storage.byteLength, storage.label);
      }
      commands.push({
        label: item.label,
        entry: item.entry,
        bindGroup: this.bindGroup(item, cacheGroups),
        groups: item.groups,
      });
      for (const { view } of item.views) endUse(view.storage);
    }
    return commands;
  }

  /** Encodes all commands in one compute pass. */
  encode(commands: readonly Command[], encoder: GPUCommandEncoder, label: string): void {
    const pass = encoder.beginComputePass({ label });
    let current: PipelineEntry | null = null;
    for (const command of commands) {
      if (command.entry !== current) {
        current = command.entry;
        pass.setPipeline(current.pipeline ?? this.pipelines.compileNow(current));
      }
      pass.setBindGroup(0, command.bindGroup);
      pass.dispatchWorkgroups(command.groups[0], command.groups[1], command.groups[2]);
    }
    pass.end();
    this.stats.passes++;
    this.stats.dispatches += commands.length;
  }

  private bindGroup(item: Recorded, cache: boolean): GPUBindGroup {
    let key = `${item.entry.id}`;
    if (cache) {
      if (item.uniform) key += `u${item.uniform.id}`;
      for (const { view } of item.views) {
        key += `,${view.storage.buffer?.id}:${view.byteOffset}:${view.byteLength}`;
      }
      const known = this.bindGroups.get(key);
      if (known) return known;
    }
    const entries: GPUBindGroupEntry[] = item.views.map(({ binding, view }) => ({
      binding,
      resource: {
        buffer: (view.storage.buffer as PooledBuffer).buffer,
        offset: view.byteOffset,
        size: inVectors(view.byteLength, this.mostBound),
      },
    }));
    if (item.uniform) {
      const { buffer, offset, byteLength } = item.uniform;
      entries.push({ binding: 0, resource: { buffer, offset, size: byteLength } });
    }
    const group = this.gpu.createBindGroup({ label: item.label, layout: item.entry.layout, entries });
    this.stats.bindGroupsCreated++;
    if (cache) {
      if (this.bindGroups.size >= MAX_BIND_GROUPS) this.bindGroups = new Map();
      this.bindGroups.set(key, group);
    }
    return group;
  }
}

/**
 * Counts down a storage's pending commands when one was resolved or dropped; after the last one its buffer may be
 * reused.
 */
export function endUse(storage: Storage): void {
  storage.pending--;
  if (storage.pending === 0 && storage.references === 0) releaseBuffer(storage);
}

/** Returns a storage's buffer to its pool. */
export function releaseBuffer(storage: Storage): void {
  storage.buffer?.home.give(storage.buffer);
  storage.buffer = null;
}
