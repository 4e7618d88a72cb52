/** A range of a uniform buffer that holds the parameters of a dispatch. */
export interface UniformSlot {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly byteLength: number;
}

const CHUNK = 65536;
const ALIGN = 256;
const MAX_SLOTS = 16384;

let nextId = 1;

/**
 * Caches uniform data by content: equal parameters share a slot, which is written once and never changed. A repeated step
 * therefore finds its slots, and its bind groups, in the cache and writes nothing.
 */
export class UniformCache {
  private readonly gpu: GPUDevice;
  private slots = new Map<string, UniformSlot>();
  private chunk: GPUBuffer | null = null;
  private used = CHUNK;

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
  }

  get(words: Uint32Array<ArrayBuffer>): UniformSlot {
    const key = words.join();
    const known = this.slots.get(key);
    if (known) return known;
    // bind groups keep the old chunks that they use alive; the others are garbage-collected
    if (this.slots.size >= MAX_SLOTS) {
      this.slots = new Map();
      this.used = CHUNK;
    }
    const size = Math.ceil(words.byteLength / ALIGN) * ALIGN;
    if (this.used + size > CHUNK || !this.chunk) {
      this.chunk = this.gpu.createBuffer({ label: 'uniforms', size: CHUNK, usage: 0x40 | 0x8 });
      this.used = 0;
    }
    const slot = { id: nextId++, buffer: this.chunk, offset: this.used, byteLength: words.byteLength };
    this.used += size;
    this.gpu.queue.writeBuffer(slot.buffer, slot.offset, words);
    this.slots.set(key, slot);
    return slot;
  }
}
