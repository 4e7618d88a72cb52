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

/** Every size a positive integer. */
export function checkShape(op: string, shape: Shape): void {
  if (shape.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new Error(
      `${op}: shape ${show(shape)} must hold positive integers (empty tensors are not supported)`,
    );
  }
}

/** An axis counted from the front; negative ones count from the end. */
export function axisOf(op: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    throw new Error(`${op}: axis ${axis} is outside a tensor of rank ${rank} (-${rank} to ${rank - 1})`);
  }
  return positive;
}

/** The axes asked for (all when undefined), sorted, each once. */
export function axesOf(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map((axis) => axisOf(op, axis, rank));
  if (new Set(list).size !== list.length) throw new Error(`${op}: axes [${list}] name an axis twice`);
  return list.sort((a, b) => a - b);
}

/** NumPy's broadcasting: sizes agree from the end, or one of them is 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new Error(
        `${op}: shapes ${show(a)} and ${show(b)} do not broadcast: sizes ${m} and ${n} differ and neither is 1`,
      );
    }
    out[rank - i] = Math.max(m, n);
  }
  return out;
}
