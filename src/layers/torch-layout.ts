import { type Shape, sizeOf, stridesOf } from '../tensor/shape.ts';

/**
 * How PyTorch's axis order of a weight differs from this library's. Here: conv [kh, kw, in, out], depthwise [kh, kw,
 * C], linear [in, out], image [H, W, C] with one value per element of an image; PyTorch's: [out, in, kh, kw], [C, 1,
 * kh, kw], [out, in], [C, H, W].
 */
export type TorchLayout = 'same' | 'conv' | 'depthwise' | 'linear' | 'image';

/** PyTorch's axis i is this library's axis ORDER[layout][i]. */
const ORDER: Record<Exclude<TorchLayout, 'same'>, readonly number[]> = {
  conv: [3, 2, 0, 1],
  depthwise: [2, 0, 1],
  linear: [1, 0],
  image: [2, 0, 1],
};

export function torchShape(shape: Shape, layout: TorchLayout): number[] {
  if (layout === 'same') return [...shape];
  const permuted = ORDER[layout].map((axis) => shape[axis] as number);
  return layout === 'depthwise' ? [permuted[0] as number, 1, ...permuted.slice(1)] : permuted;
}

/** Converts values from this library's order to PyTorch's. */
export function toTorch<T extends Float32Array | Uint32Array>(data: T, shape: Shape, layout: TorchLayout): T {
  const out = data.slice() as T;
  if (layout !== 'same')
    forEachPair(shape, ORDER[layout], (ours, theirs) => {
      out[theirs] = data[ours] as number;
    });
  return out;
}

/** Converts values from PyTorch's order to this library's. */
export function fromTorch(
  data: ArrayLike<number>,
  shape: Shape,
  layout: TorchLayout,
): Float32Array<ArrayBuffer> {
  const out = Float32Array.from(data);
  if (layout !== 'same')
    forEachPair(shape, ORDER[layout], (ours, theirs) => {
      out[ours] = data[theirs] as number;
    });
  return out;
}

function forEachPair(
  shape: Shape,
  order: readonly number[],
  visit: (ours: number, theirs: number) => void,
): void {
  const theirStrides = stridesOf(order.map((axis) => shape[axis] as number));
  const stepOf = shape.map((_, axis) => theirStrides[order.indexOf(axis)] as number);
  const ourStrides = stridesOf(shape);
  for (let i = 0; i < sizeOf(shape); i++) {
    let theirs = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const at = Math.floor(i / (ourStrides[axis] as number)) % (shape[axis] as number);
      theirs += at * (stepOf[axis] as number);
    }
    visit(i, theirs);
  }
}
