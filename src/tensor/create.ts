import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { fillWith } from './accumulate.ts';
import { type Shape, show, sizeOf } from './shape.ts';
import { type DType, empty, type Tensor, type TensorData } from './tensor.ts';

/** Numbers in nested arrays, rows of one length: `[[1, 2], [3, 4]]`. */
export type NestedArray = number | readonly NestedArray[];

/** What `tensor` takes. */
export interface TensorOptions {
  /** shape of flat data; for nested arrays it is read from their nesting */
  shape?: Shape;
  /** f32 unless the data is a Uint32Array or Int32Array */
  dtype?: DType;
  /** whether operations on it are taped; false when left out */
  requiresGrad?: boolean;
}

/**
 * A tensor from a typed array (with `shape`, else one axis) or from nested arrays.
 * @throws Error when the number of elements does not fit the shape or rows differ in length
 */
export function tensor(device: Device, data: TensorData | NestedArray, options: TensorOptions = {}): Tensor {
  const flat: number[] | TensorData = ArrayBuffer.isView(data) ? data : [];
  const shape = ArrayBuffer.isView(data) ? [data.length] : nested(data, flat as number[]);
  const dtype =
    options.dtype ?? (data instanceof Uint32Array ? 'u32' : data instanceof Int32Array ? 'i32' : 'f32');
  const wanted = options.shape ?? shape;
  if (sizeOf(wanted) !== flat.length) {
    throw new Error(
      `tensor: ${flat.length} numbers do not fill shape ${show(wanted)}, which holds ${sizeOf(wanted)}`,
    );
  }
  const result = empty(device, wanted, dtype);
  result.write(flat);
  if (options.requiresGrad) result.requiresGrad = true;
  return result;
}

function nested(data: NestedArray, flat: number[]): number[] {
  if (typeof data === 'number') {
    flat.push(data);
    return [];
  }
  const shapes = data.map((row) => nested(row, flat));
  const [first] = shapes;
  if (!first) throw new Error('tensor: an array with no elements; empty tensors are not supported');
  const odd = shapes.findIndex((s) => s.join() !== first.join());
  if (odd >= 0) {
    throw new Error(
      `tensor: row ${odd} has shape ${show(shapes[odd] ?? [])}, the first has ${show(first)}; rows must agree`,
    );
  }
  return [data.length, ...first];
}

/** Whether numbers of this type can be `value`, up to rounding. */
export function holds(dtype: DType, value: number): boolean {
  return dtype[0] === 'f' || value === (dtype === 'u32' ? value >>> 0 : value | 0);
}

/**
 * A tensor of `shape` in which every element is `value`.
 * @throws Error when the type is u32 or i32 and the value a fraction or outside it
 */
export function full(device: Device, shape: Shape, value: number, dtype: DType = 'f32'): Tensor {
  if (!holds(dtype, value)) throw new Error(`full: ${value} is no ${dtype}`);
  const result = empty(device, shape, dtype);
  fillWith(result, value);
  return result;
}

/** A tensor of `shape` full of zeros. */
export function zeros(device: Device, shape: Shape, dtype: DType = 'f32'): Tensor {
  return full(device, shape, 0, dtype);
}

/** A tensor of `shape` full of ones. */
export function ones(device: Device, shape: Shape, dtype: DType = 'f32'): Tensor {
  return full(device, shape, 1, dtype);
}

/** Options of `rand` and `randn`. */
export interface RandomOptions {
  /** any integer up to 2^53; the same seed gives the same numbers */
  seed: number;
  /** tells apart tensors that share a seed */
  stream?: number;
}

/** Uniform random numbers in [low, high), [0, 1) by default, drawn on the GPU. */
export function rand(
  device: Device,
  shape: Shape,
  options: RandomOptions & { low?: number; high?: number },
): Tensor {
  return fillRandom(empty(device, shape), options, 0, options.low ?? 0, options.high ?? 1);
}

/** Normal random numbers of mean 0 and standard deviation 1 by default, drawn on the GPU. */
export function randn(
  device: Device,
  shape: Shape,
  options: RandomOptions & { mean?: number; std?: number },
): Tensor {
  return fillRandom(empty(device, shape), options, 1, options.mean ?? 0, options.std ?? 1);
}

/** Fills existing memory with uniform (NORMAL 0: a = low, b = high) or normal (1: a = mean, b = std) numbers. */
export function fillRandom(y: Tensor, options: RandomOptions, NORMAL: 0 | 1, a: number, b: number): Tensor {
  const { seed, stream = 0 } = options;
  if (!Number.isSafeInteger(seed)) throw new Error(`random: seed must be an integer below 2^53, got ${seed}`);
  const params = {
    count: y.size,
    seedLow: seed >>> 0,
    seedHigh: Math.floor(seed / 2 ** 32) >>> 0,
    stream: stream >>> 0,
    a,
    b,
  };
  y.device.dispatch(kernels.random, {
    label: NORMAL ? 'randn' : 'rand',
    bind: { y },
    params,
    overrides: { NORMAL },
    threads: y.size,
  });
  return y;
}
