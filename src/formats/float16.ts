import { checkValue, having } from '../gpu/check-options.ts';

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/**
 * Converts single-precision numbers to the bits of IEEE 754 half precision, rounding to nearest, ties to even. Numbers
 * above 65,519.99 become infinity, NaN stays NaN, and numbers below 2^-25 become zero.
 */
export function toFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  checkValue('toFloat16', 'values', values, (value) => having(value, 'length', 'a Float32Array'));
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = halfBits(values[i]!);
  return halves;
}

/** Converts the bits of half-precision numbers to single precision, exactly. */
export function fromFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  checkValue('fromFloat16', 'halves', halves, (value) => having(value, 'length', 'a Uint16Array'));
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    // exponent and fraction at their places in single precision, where the exponent is biased by 127 instead of 15
    bits[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
    if ((half & 0x7c00) !== 0x7c00) values[i] = values[i]! * 2 ** 112;
    else values[i] = half & 0x3ff ? Number.NaN : half & 0x8000 ? -Infinity : Infinity;
  }
  return values;
}

/** Converts the bits of bfloat16 numbers, which are the upper half of a single-precision number, exactly. */
export function fromBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  checkValue('fromBfloat16', 'halves', halves, (value) => having(value, 'length', 'a Uint16Array'));
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return values;
}

function halfBits(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const fraction = bits & 0x7fffff;
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  // The quiet bit is set, so that a NaN whose upper bits are all zero does not turn into infinity.
  if (exponent === 255 - 127 + 15) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200 | (fraction >>> 13));
  if (exponent >= 31) return sign | 0x7c00;
  // Subnormal numbers have no hidden bit, so it is written out and shifted down with the fraction.
  if (exponent <= 0) {
    return exponent < -10 ? sign : sign | shiftToEven(fraction | 0x800000, 14 - exponent);
  }
  // A carry out of the fraction increments the exponent, as rounding up requires.
  return sign | ((exponent << 10) + shiftToEven(fraction, 13));
}

function shiftToEven(value: number, shift: number): number {
  const kept = value >>> shift;
  const lost = value & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return lost > middle || (lost === middle && (kept & 1) === 1) ? kept + 1 : kept;
}
