import { describeValue } from '../gpu/describe-value.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { show } from './shape.ts';
import type { DType } from './tensor.ts';

/** Numbers in nested arrays whose rows have equal lengths: `[[1, 2], [3, 4]]`. */
export type NestedArray = number | readonly NestedArray[];

/** The host's typed array for each type. */
const ARRAY = { f32: Float32Array, u32: Uint32Array, i32: Int32Array } as const;

/** Bits of an f32 NaN and of +Infinity, which WGSL cannot write as constants; kernels receive them as parameters. */
export const NAN_BITS = 0x7fc00000;
export const INFINITY_BITS = 0x7f800000;

/** The largest f16 and f32. */
const LARGEST = { f16: 65504, f32: 3.4028234663852886e38 };

/** Element types; f16 only for activations at inference. */
export const DTYPES: readonly DType[] = ['f32', 'u32', 'i32', 'f16'];

/**
 * Returns whether a type can hold a number, up to rounding. f32 holds infinities and NaN, but not a finite number that
 * would become infinite.
 */
export function holds(dtype: DType, value: number): boolean {
  if (dtype === 'u32') return value === value >>> 0;
  if (dtype === 'i32') return value === (value | 0);
  return dtype === 'f16' ? !(Math.abs(value) > LARGEST.f16) || !Number.isFinite(value) : !isBeyond(value);
}

const isBeyond = (value: number) => Number.isFinite(value) && !Number.isFinite(Math.fround(value));

/** @throws DTypeError for an unknown type; for other libraries' names it suggests the corresponding type */
export function checkDType(caller: string, dtype: DType): void {
  if (DTYPES.includes(dtype)) return;
  const name = String(dtype).toLowerCase();
  const near = /half|16/.test(name)
    ? 'f16'
    : /^(torch\.)?(u|bool)/.test(name)
      ? 'u32'
      : /int|long/.test(name)
        ? 'i32'
        : 'f32';
  throw new DTypeError(
    `${caller}: dtype: got ${describeValue(dtype)}, expected one of ${DTYPES.join(', ')}. Did you mean '${near}'?`,
  );
}

/** Returns the host's array class for a type; f16 has none, since only `cast` creates such tensors. */
export function hostArray(caller: string, dtype: DType) {
  if (dtype === 'f16')
    throw new DTypeError(
      `${caller}: dtype: got f16, which exists only on the GPU. Use f32 here, and cast(x, 'f16').`,
    );
  return ARRAY[dtype];
}

/**
 * Converts numbers on the host to elements of a type. All checks of such numbers are here.
 * @throws DTypeError naming the first element that is not a number or that the type cannot hold
 */
export function hostValues(
  caller: string,
  data: ArrayLike<number>,
  dtype: DType,
): Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const HostArray = hostArray(caller, dtype);
  if (data instanceof HostArray) return data as InstanceType<typeof HostArray> as Float32Array<ArrayBuffer>;
  const values = new HostArray(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (typeof value !== 'number' || !holds(dtype, value))
      throw new DTypeError(refused(caller, i, value, dtype));
    values[i] = value;
  }
  return values;
}

function refused(caller: string, index: number, value: unknown, dtype: DType): string {
  const range = {
    f32: `a number of magnitude at most ${LARGEST.f32}`,
    u32: 'an integer from 0 to 4294967295',
    i32: 'an integer from -2147483648 to 2147483647',
  }[dtype as 'f32'];
  const advice = typeof value === 'boolean' ? ' Use 1 and 0 for true and false.' : '';
  const shown = typeof value === 'number' ? String(value) : describeValue(value);
  return `${caller}: element ${index}: got ${shown}, expected ${range} (${dtype}).${advice}`;
}

/**
 * Returns the shape of nested arrays and appends their elements, unchecked, to `flat`.
 * @throws ShapeError for rows that differ in shape and for empty arrays
 * @throws DTypeError for an element that is neither a number nor an array
 */
export function unnest(caller: string, data: unknown, flat: unknown[]): number[] {
  if (ArrayBuffer.isView(data)) return unnest(caller, [...(data as Float32Array)], flat);
  if (!Array.isArray(data)) {
    if (typeof data === 'object' || data === undefined || typeof data === 'function') {
      throw new DTypeError(
        `${caller}: data: got ${describeValue(data)}, expected numbers in a typed array or in nested arrays`,
      );
    }
    flat.push(data);
    return [];
  }
  if (data.length === 0) {
    throw new ShapeError(
      `${caller}: data: got an empty array, expected at least one element (empty tensors are not supported)`,
    );
  }
  let first: number[] = [];
  for (let i = 0; i < data.length; i++) {
    const shape = unnest(caller, data[i], flat);
    if (i === 0) first = shape;
    else if (shape.join() !== first.join()) {
      throw new ShapeError(
        `${caller}: row ${i} has shape ${show(shape)}, expected ${show(first)} as the first row has`,
      );
    }
  }
  return [data.length, ...first];
}
