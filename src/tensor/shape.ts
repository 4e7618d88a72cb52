import { describeValue } from '../gpu/describe-value.ts';
import { ShapeError } from './errors.ts';

/** Sizes along each axis; images are [N, H, W, C]. */
export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

export function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** @throws ShapeError unless the shape is a list of positive integers; `name` is the name of the argument */
export function checkShape(caller: string, shape: Shape, name = 'shape'): void {
  const isList = Array.isArray(shape) || ArrayBuffer.isView(shape);
  if (isList && shape.every((n) => Number.isInteger(n) && n > 0)) return;
  const advice = typeof shape === 'number' ? ` such as [${shape}]` : '';
  throw new ShapeError(
    `${caller}: ${name}: got ${describeValue(shape)}, expected a list of positive integers${advice} ` +
      '(empty tensors are not supported)',
  );
}

/**
 * Returns N, H, W and C of a batch of images. All functions that accept images use it.
 * @throws ShapeError unless the shape has four axes and, if given, `channels` channels
 */
export function imageShape(
  caller: string,
  shape: Shape,
  channels?: number,
): [number, number, number, number] {
  checkShape(caller, shape, 'input');
  const [n, h, w, c] = shape as [number, number, number, number];
  if (shape.length !== 4) {
    throw new ShapeError(
      `${caller}: input has shape ${show(shape)}, expected images [N, H, W, C] (channels last)`,
    );
  }
  if (channels !== undefined && c !== channels) {
    throw new ShapeError(
      `${caller}: input ${show(shape)} has ${c} channels, expected ${channels} (channels are the last axis)`,
    );
  }
  return [n, h, w, c];
}

/** Returns an axis counted from the front; a negative `axis` counts from the end. */
export function axisOf(op: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    throw new ShapeError(
      `${op}: axis: got ${describeValue(axis)} for a tensor of rank ${rank}, ` +
        (rank > 0 ? `expected -${rank} to ${rank - 1}` : 'which has no axes'),
    );
  }
  return positive;
}

/**
 * Returns `shape` as [outer, length, inner] along an axis. A scalar has one axis of size 1 here, as in PyTorch: its axis
 * is 0 or -1.
 */
export function linesOf(op: string, shape: Shape, axis: number) {
  const sizes = shape.length === 0 ? [1] : shape;
  const at = axisOf(op, axis, sizes.length);
  const [outer, inner] = [sizeOf(sizes.slice(0, at)), sizeOf(sizes.slice(at + 1))];
  return { at, outer, length: sizes[at] as number, inner };
}

/** Returns the given axes (default all), counted from the front and sorted. */
export function axesOf(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axes !== 'number' && !Array.isArray(axes)) {
    throw new Error(`${op}: axes: got ${describeValue(axes)}, expected an axis or a list of axes`);
  }
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map((axis) => axisOf(op, axis, rank));
  if (new Set(list).size !== list.length)
    throw new Error(`${op}: axes: got [${list}], in which an axis occurs twice`);
  return list.sort((a, b) => a - b);
}

/** Returns the common shape by NumPy's rules: counted from the end, sizes are equal or one of them is 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        `${op}: shapes ${show(a)} and ${show(b)} do not broadcast: sizes ${m} and ${n} differ and neither is 1`,
      );
    }
    out[rank - i] = Math.max(m, n);
  }
  return out;
}

/** Returns the strides with which a tensor of `shape` is read as if it had shape `target`: 0 along broadcast axes. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, axis) =>
    axis < lead || shape[axis - lead] === 1 ? 0 : (strides[axis - lead] as number),
  );
}
