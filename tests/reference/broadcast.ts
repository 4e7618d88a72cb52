import { type Shape, sizeOf, stridesOf } from './array.ts';

/** NumPy's rule: align at the last axis; extents agree, or one of them is 1. */
export function broadcastShapes(...shapes: Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const extent = extents.find((candidate) => candidate !== 1) ?? 1;
    if (extents.some((candidate) => candidate !== 1 && candidate !== extent)) {
      throw new Error(`shapes ${shapes.map((shape) => `[${shape}]`).join(' and ')} do not broadcast`);
    }
    return extent;
  });
}

/**
 * For every element of `to`, the position of the element of `from` that it receives when `from` is broadcast. Reading
 * with it broadcasts; adding into `from` with it sums, which is the gradient of broadcasting and, with extents of 1
 * along the reduced axes, any reduction.
 */
export function broadcastOffsets(from: Shape, to: Shape): Int32Array {
  const fromStrides = stridesOf(from);
  const toStrides = stridesOf(to);
  const shift = to.length - from.length;
  const offsets = new Int32Array(sizeOf(to));
  for (let axis = 0; axis < from.length; axis++) {
    if (from[axis] === 1) continue;
    const extent = from[axis]!;
    const fromStride = fromStrides[axis]!;
    const toStride = toStrides[axis + shift]!;
    for (let i = 0; i < offsets.length; i++) {
      offsets[i] = offsets[i]! + (Math.floor(i / toStride) % extent) * fromStride;
    }
  }
  return offsets;
}
