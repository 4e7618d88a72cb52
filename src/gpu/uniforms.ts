/** A place in a uniform buffer that holds one dispatch's sizes. */
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
 * Uniform data by content: equal sizes share a slot, a slot is written once and never changed. So a
 * repeated step finds its slots (and with them its bind groups) again, and nothing is written for it.
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
    // Old chunks stay alive through the bind groups that use them; the rest is collected.
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
