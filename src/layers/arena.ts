import type { Device } from '../gpu/device.ts';
import type { Owner } from '../gpu/storage.ts';
import { fillWith } from '../tensor/accumulate.ts';
import { keep } from '../tensor/scope.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type DType, empty, Tensor } from '../tensor/tensor.ts';

/** Alignment of tensors in elements: WebGPU binds buffers at multiples of 256 bytes. */
export const ARENA_ALIGN = 64;

export interface ArenaRange {
  /** first element and number of elements, padding excluded */
  start: number;
  length: number;
}

/**
 * Stores many tensors one after another in one buffer, so that an optimizer step, clipping or a copy is one dispatch.
 */
export class Arena {
  /** the whole arena, flat; padding is always zero */
  readonly flat: Tensor;
  readonly ranges: readonly ArenaRange[];

  constructor(device: Device, shapes: readonly (readonly number[])[], owner: Owner) {
    const ranges: ArenaRange[] = [];
    let start = 0;
    for (const shape of shapes) {
      ranges.push({ start, length: sizeOf(shape) });
      start += Math.ceil(sizeOf(shape) / ARENA_ALIGN) * ARENA_ALIGN;
    }
    this.ranges = ranges;
    this.flat = keep(empty(device, [Math.max(start, ARENA_ALIGN)], 'f32', owner, owner));
    // a replay must clear it again, otherwise no kernel is needed
    if (device.isCapturing) fillWith(this.flat, 0);
    else device.encodeInto(this.flat, (encoder, buffer) => encoder.clearBuffer(buffer));
  }

  /** Returns tensor `index` as a view of its range. */
  view(index: number, shape: readonly number[], dtype: DType = 'f32'): Tensor {
    const { start } = this.ranges[index] as ArenaRange;
    return keep(new Tensor(this.flat.device, shape, dtype, this.flat.storage.retain(), 4 * start));
  }
}

/** A range of an arena, in elements, including padding. */
export interface Span {
  readonly start: number;
  readonly size: number;
}

/** Returns the shortest list of ranges that covers exactly the tensors at these indices. */
export function spansOf({ ranges, flat }: Arena, places: Iterable<number>): Span[] {
  const spans: { start: number; size: number }[] = [];
  let next = -1;
  for (const place of [...places].sort((a, b) => a - b)) {
    const start = ranges[place]?.start as number;
    const end = ranges[place + 1]?.start ?? flat.size;
    const last = spans.at(-1);
    if (last && place === next) last.size = end - last.start;
    else spans.push({ start, size: end - start });
    next = place + 1;
  }
  return spans;
}
