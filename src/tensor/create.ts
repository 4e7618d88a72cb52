import {
  anything,
  boolean,
  checkOptions,
  finite,
  integer,
  type OptionRules,
  seedRule,
} from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { fillWith } from './accumulate.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { expectDevice } from './expect.ts';
import { seedWords } from './host-random.ts';
import { checkDType, hostValues, type NestedArray, unnest } from './host-values.ts';
import { checkShape, type Shape, show, sizeOf } from './shape.ts';
import { type DType, empty, type Tensor, type TensorData } from './tensor.ts';

/** Options of `tensor`. */
export interface TensorOptions {
  /** shape of flat data (default one axis; for nested arrays, their nesting) */
  shape?: Shape;
  /** type of the elements (default: the type of a Uint32Array or Int32Array, otherwise f32) */
  dtype?: DType;
  /** whether operations on it are taped (default false) */
  requiresGrad?: boolean;
}

const TENSOR_OPTIONS: OptionRules<TensorOptions> = {
  shape: anything,
  dtype: anything,
  requiresGrad: boolean,
};

/**
 * Creates a tensor from a typed array or nested arrays. Numbers are rounded to the precision of the type.
 * @throws ShapeError when the number of elements does not fit the shape, or rows differ in length
 * @throws DTypeError for an element that is not a number, a fraction or negative number that an integer type cannot
 * hold, or a finite number outside the range of f32
 */
export function tensor(device: Device, data: TensorData | NestedArray, options: TensorOptions = {}): Tensor {
  expectDevice('tensor', device);
  checkOptions('tensor', options, TENSOR_OPTIONS);
  const isView = ArrayBuffer.isView(data) && 'length' in data;
  if (!isView && !Array.isArray(data) && typeof data !== 'number') {
    throw new DTypeError(
      `tensor: data: got ${describeValue(data)}, expected numbers in a typed array or in nested arrays`,
    );
  }
  const flat: number[] | TensorData = isView ? data : [];
  const shape = isView ? [data.length] : unnest('tensor', data, flat as number[]);
  const dtype =
    options.dtype ?? (data instanceof Uint32Array ? 'u32' : data instanceof Int32Array ? 'i32' : 'f32');
  const wanted = options.shape ?? shape;
  checkShape('tensor', wanted);
  if (sizeOf(wanted) !== flat.length) {
    throw new ShapeError(
      `tensor: ${flat.length} numbers do not fill shape ${show(wanted)}, which holds ${sizeOf(wanted)}`,
    );
  }
  checkDType('tensor', dtype);
  const values = hostValues('tensor', flat, dtype);
  const result = empty(device, wanted, dtype);
  device.upload(result, values);
  if (options.requiresGrad) result.requiresGrad = true;
  return result;
}

/**
 * Returns a tensor of `shape` in which every element is `value`.
 * @throws ShapeError for a shape that is not a list of positive integers
 * @throws DTypeError for an unknown type, or a value that the type cannot hold
 */
export function full(device: Device, shape: Shape, value: number, dtype: DType = 'f32'): Tensor {
  return filled('full', device, shape, value, dtype);
}

function filled(caller: string, device: Device, shape: Shape, value: number, dtype: DType): Tensor {
  expectDevice(caller, device);
  checkShape(caller, shape);
  checkDType(caller, dtype);
  hostValues(caller, [value], dtype);
  const result = empty(device, shape, dtype);
  fillWith(result, value);
  return result;
}

/** Returns a tensor of zeros. */
export function zeros(device: Device, shape: Shape, dtype: DType = 'f32'): Tensor {
  return filled('zeros', device, shape, 0, dtype);
}

/** Returns a tensor of ones. */
export function ones(device: Device, shape: Shape, dtype: DType = 'f32'): Tensor {
  return filled('ones', device, shape, 1, dtype);
}

/** Options of `rand` and `randn`. */
export interface RandomOptions {
  /** an integer below 2^53; equal seeds give equal numbers */
  seed: number;
  /** distinguishes tensors with the same seed (default 0) */
  stream?: number;
}

/** Returns uniform random numbers in [low, high) (default [0, 1)), computed on the GPU. */
export function rand(
  device: Device,
  shape: Shape,
  options: RandomOptions & { low?: number; high?: number },
): Tensor {
  checkRandom('rand', device, shape, options, { ...RANDOM_OPTIONS, low: finite, high: finite });
  return fillRandom(empty(device, shape), options, 0, options.low ?? 0, options.high ?? 1);
}

/** Returns normal random numbers (default mean 0, standard deviation 1), computed on the GPU. */
export function randn(
  device: Device,
  shape: Shape,
  options: RandomOptions & { mean?: number; std?: number },
): Tensor {
  checkRandom('randn', device, shape, options, { ...RANDOM_OPTIONS, mean: finite, std: (v) => finite(v, 0) });
  return fillRandom(empty(device, shape), options, 1, options.mean ?? 0, options.std ?? 1);
}

const RANDOM_OPTIONS: OptionRules<RandomOptions> = { seed: seedRule, stream: integer };

function checkRandom<T extends RandomOptions>(
  caller: string,
  device: Device,
  shape: Shape,
  options: T,
  rules: OptionRules<T>,
): void {
  expectDevice(caller, device);
  checkShape(caller, shape);
  checkOptions(caller, options, rules, ['seed']);
}

/**
 * Fills existing memory with uniform random numbers (NORMAL 0: a = low, b = high) or normal ones (NORMAL 1: a = mean, b
 * = std).
 */
export function fillRandom(y: Tensor, options: RandomOptions, NORMAL: 0 | 1, a: number, b: number): Tensor {
  const { seed, stream = 0 } = options;
  const [seedLow, seedHigh] = seedWords(seed);
  const params = { count: y.size, seedLow, seedHigh, stream: stream >>> 0, a, b };
  y.device.dispatch(kernels.random, {
    label: NORMAL ? 'randn' : 'rand',
    bind: { y },
    params,
    overrides: { NORMAL },
    threads: y.size,
  });
  return y;
}
