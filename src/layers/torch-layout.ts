import { type Shape, sizeOf } from '../tensor/shape.ts';

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
  if (layout !== 'same') reverseAxes(data, out, axesOf(shape, layout));
  return out;
}

/** Converts values from PyTorch's order to this library's. */
export function fromTorch(
  data: ArrayLike<number>,
  shape: Shape,
  layout: TorchLayout,
): Float32Array<ArrayBuffer> {
  if (layout === 'same') return new Float32Array(data);
  const out = new Float32Array(data.length);
  reverseAxes(data, out, axesOf(shape, layout).reverse());
  return out;
}

/** Returns the numbers of pixels, inputs and outputs. In every layout, PyTorch's order is the reverse of this one. */
function axesOf(shape: Shape, layout: TorchLayout): number[] {
  const outputs = shape.at(-1) as number;
  const inputs = layout === 'conv' ? (shape.at(-2) as number) : 1;
  return [sizeOf(shape) / (inputs * outputs), inputs, outputs];
}

/** Writes an array with axes [a, b, c] as one with axes [c, b, a]. */
function reverseAxes(from: ArrayLike<number>, to: Float32Array | Uint32Array, axes: number[]): void {
  const [a, b, c] = axes as [number, number, number];
  let at = 0;
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < c; k++) to[(k * b + j) * a + i] = from[at++] as number;
    }
  }
}
