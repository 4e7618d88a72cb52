import type { PooledBuffer } from './buffer-pool.ts';
import { WriteLog } from './write-log.ts';

/** What memory is used for; `device.memory()` counts live bytes by these names. */
export type Owner = 'tensor' | 'parameters' | 'gradients' | 'buffers' | 'optimizer' | 'data' | 'capture';

let nextId = 1;

/**
 * Memory that an operation wrote or will write. It has no GPU buffer until the recorder runs the
 * first command that touches it, and gives the buffer back after the last: so buffers are reused by
 * lifetime, in eager and in captured mode by the same code.
 */
export class Storage {
  readonly id = nextId++;
  /** the device that it lies on */
  readonly home: object;
  readonly byteLength: number;
  readonly owner: Owner;
  /** what made it; named in limit errors */
  readonly label: string;
  /** handles (tensors, tape nodes) that still need the content */
  references = 1;
  /** number of recorded commands, not yet run, that touch it */
  pending = 0;
  buffer: PooledBuffer | null = null;
  /** what wrote into it, for tapes that still need what was there before */
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

  /** Whether it went with the capture that it belongs to. */
  get isGone(): boolean {
    return this.buffer?.pool.isDestroyed ?? false;
  }

  /**
   * `what` names it where it is used.
   * @throws Error when it lies on another device, or the capture that it belongs to was disposed
   */
  assertUsable(device: object, what = 'this tensor'): void {
    if (this.home !== device) throw new Error(`${what} lives on another device; make it on this one`);
    if (this.isGone) {
      throw new Error(`${this.label}: its capture was disposed; use its outputs before dispose()`);
    }
  }

  release(): void {
    if (this.references <= 0) throw new Error(`${this.label}: released twice`);
    if (--this.references === 0) this.onRelease(this);
  }
}

/** A range of a storage, as a kernel sees it. `byteOffset` must be a multiple of 256. */
export interface StorageView {
  readonly storage: Storage;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** the type of a tensor's elements */
  readonly dtype?: string;
}
