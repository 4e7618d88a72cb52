import type { PooledBuffer } from './buffer-pool.ts';
import { WriteLog } from './write-log.ts';

/** Purpose of memory; `device.memory()` counts live bytes by these names. */
export type Owner = 'tensor' | 'parameters' | 'gradients' | 'buffers' | 'optimizer' | 'data' | 'capture';

let nextId = 1;

/** Returns the id of the next storage; ids increase. */
export const nextStorageId = (): number => nextId;

/**
 * Memory that an operation wrote or will write. It acquires a GPU buffer when the first command that uses it is resolved,
 * and releases it after the last one, so buffers are reused by lifetime, in eager and captured mode by the same code.
 */
export class Storage {
  readonly id = nextId++;
  /** the device that owns it */
  readonly home: object;
  readonly byteLength: number;
  readonly owner: Owner;
  /** name of the operation that allocated it, for errors */
  readonly label: string;
  /** number of handles (tensors, tape nodes) that still need the contents */
  references = 1;
  /** number of recorded commands that use it and are not resolved yet */
  pending = 0;
  buffer: PooledBuffer | null = null;
  /** its writes, for tapes that need the previous contents */
  readonly writes = new WriteLog();
  private readonly onRelease: (storage: Storage) => void;

  constructor(
    home: object,
    byteLength: number,
    owner: Owner,
    label: string,
    onRelease: (storage: Storage) => void,
  ) {
    this.home = home;
    this.byteLength = byteLength;
    this.owner = owner;
    this.label = label;
    this.onRelease = onRelease;
  }

  retain(): this {
    this.references++;
    return this;
  }

  /** Whether the capture that it belongs to was disposed. */
  get isGone(): boolean {
    return this.buffer?.home.isDestroyed ?? false;
  }

  /**
   * @param what name of the tensor in the message
   * @throws Error when it is on another device, or the capture that it belongs to was disposed
   */
  assertUsable(device: object, what = 'this tensor'): void {
    if (this.home !== device) throw new Error(`${what} is on another device. Create it on this one.`);
    if (this.isGone) {
      throw new Error(`${this.label}: its capture was disposed. Use its outputs before dispose().`);
    }
  }

  release(): void {
    if (this.references <= 0) throw new Error(`${this.label}: released twice`);
    if (--this.references === 0) this.onRelease(this);
  }
}

/** A range of a storage that a kernel can bind. `byteOffset` must be a multiple of 256. */
export interface StorageView {
  readonly storage: Storage;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** the type of a tensor's elements */
  readonly dtype?: string;
}

/** Adds a write to the log of a recording, or, if it takes effect immediately, to the storage's log. */
export function noteWrite(log: WriteLog | undefined, view: StorageView, by: string): void {
  const { storage, byteOffset, byteLength } = view;
  (log ?? storage.writes).add(byteOffset, byteOffset + byteLength, by);
}

/** @throws Error when WebGPU cannot copy one range over the other */
export function assertCopyable(from: StorageView, to: StorageView): void {
  if (from.byteLength !== to.byteLength) {
    throw new Error(
      `copy: the ranges differ in size (got ${from.byteLength} and ${to.byteLength} bytes). Copy between ranges of equal size.`,
    );
  }
  if (from.storage === to.storage) {
    throw new Error(
      'copy: both ranges are in the same buffer, which WebGPU cannot copy. Copy through a third tensor.',
    );
  }
}
