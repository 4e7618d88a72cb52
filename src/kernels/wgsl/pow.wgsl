// pow: powers and their derivatives, for any sign of the base, with the special values of C99 and PyTorch.
//
//   y[i] = x[i] ^ p[i]                                  SLOPE = 0
//   y[i] = p x^(p - 1)                                  SLOPE = 1, with respect to the base; 0 if p = 0
//   y[i] = x^p ln x                                     SLOPE = 2, with respect to the exponent; 0 if x = 0, p >= 0
//
// WGSL's own pow(x, p) is exp2(p log2 x): undefined for x < 0, and imprecise for integer exponents. Integer exponents up
// to 64 are therefore computed by repeated squaring, which is correct for every sign and makes 0^0 = 1. Any other power
// is that of |x|, with the sign restored if the exponent is odd; a negative base with a fractional exponent gives NaN.
//
// Layouts   x, p: flat lists as long as y, or one number each (xStep, pStep 0 instead of 1).
// A thread  One thread computes one number.
// Bytes     Reads up to 8 and writes 4 bytes per element.
// Reference tests/reference/ops/binary.ts

override SLOPE: u32 = 0u;

// nan, infinity: their bits; WGSL has no literals for them
struct Params { count: u32, xStep: u32, pStep: u32, nan: u32, infinity: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> p: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

// Base 2 logarithm of a finite positive number, from its bits: a denormal number is bits * 2^-149.
fn log2Of(bits: u32) -> f32 {
  if (bits < 0x00800000u) { return log2(f32(bits)) - 149.0; }
  return log2(bitcast<f32>(bits));
}

fn wholePower(base: f32, exponent: u32) -> f32 {
  var left = exponent;
  var square = base;
  var result = 1.0;
  while (left > 0u) {
    if ((left & 1u) == 1u) { result *= square; }
    square *= square;
    left = left >> 1u;
  }
  return result;
}

fn power(base: f32, exponent: f32) -> f32 {
  let bits = bitcast<u32>(base);
  let size = bits & 0x7fffffffu;
  let exponentSize = bitcast<u32>(exponent) & 0x7fffffffu;
  let isNegative = bits > 0x7fffffffu;
  let isInverse = bitcast<u32>(exponent) > 0x7fffffffu; // negative
  if (exponentSize == 0u || bits == 0x3f800000u) { return 1.0; } // also for NaN
  if (isNan(base) || isNan(exponent)) { return bitcast<f32>(params.nan); }
  // every float from 2^24 on is an even integer
  let whole = exponentSize >= 0x4b800000u || floor(exponent) == exponent;
  let odd = exponentSize < 0x4b800000u && whole && (u32(abs(exponent)) & 1u) == 1u;
  let infinity = bitcast<f32>(params.infinity);
  var result = 0.0;
  if (size == 0u || size == 0x7f800000u) {
    result = select(0.0, infinity, (size == 0u) == isInverse);
  } else if (exponentSize == 0x7f800000u) {
    if (size == 0x3f800000u) { return 1.0; }
    return select(0.0, infinity, (size < 0x3f800000u) == isInverse);
  } else if (isNegative && !whole) {
    return bitcast<f32>(params.nan);
  } else if (whole && abs(exponent) <= 64.0) {
    let large = wholePower(abs(base), u32(abs(exponent)));
    // if x^-p is too small to be inverted, (1 / x)^p
    let isSmall = (bitcast<u32>(large) & 0x7f800000u) == 0u;
    if (!isInverse) {
      result = large;
    } else if (isSmall) {
      result = wholePower(1.0 / abs(base), u32(abs(exponent)));
    } else {
      result = 1.0 / large;
    }
  } else {
    result = exp2(exponent * log2Of(size));
  }
  return select(result, -result, isNegative && odd);
}

// The log of 0, negative and denormal numbers differs between adapters.
fn logarithm(v: f32) -> f32 {
  let bits = bitcast<u32>(v);
  if ((bits & 0x7fffffffu) == 0u) { return -bitcast<f32>(params.infinity); }
  if (bits > 0x7f800000u) { return bitcast<f32>(params.nan); } // NaN and negative numbers
  if (bits == 0x7f800000u) { return v; }
  if (bits < 0x00800000u) { return 0.6931472 * log2Of(bits); }
  return log(v);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let base = x[i * params.xStep];
  let exponent = p[i * params.pStep];
  if (SLOPE == 0u) {
    y[i] = power(base, exponent);
  } else if (SLOPE == 1u) {
    if (exponent == 0.0) { y[i] = 0.0; } else { y[i] = exponent * power(base, exponent - 1.0); }
  } else if ((bitcast<u32>(base) & 0x7fffffffu) == 0u && exponent >= 0.0 && !isNan(exponent)) {
    y[i] = 0.0;
  } else {
    y[i] = power(base, exponent) * logarithm(base);
  }
}
