// pow: powers and their slopes, for any sign of the base, with the special values of C99 and PyTorch.
//
//   y[i] = x[i] ^ p[i]                                  SLOPE = 0
//   y[i] = p x^(p - 1)                                  SLOPE = 1, by the base; 0 where p = 0
//   y[i] = x^p ln x                                     SLOPE = 2, by the exponent; 0 where x = 0, p >= 0
//
// WGSL's own pow(x, p) is exp2(p log2 x): undefined for x < 0, and loose for whole exponents. So a whole exponent up to 64
// multiplies by repeated squaring, which is right for every sign and gives 0^0 = 1. Any other power is that of |x|, with the
// sign put back where the exponent is odd; a fraction of a negative base is not a real number (NaN).
//
// Layouts   x, p: flat lists as long as y, or one number each (xStep, pStep 0 instead of 1).
// A thread  makes one number.
// Bytes     reads up to 8 and writes 4 an element.

override SLOPE: u32 = 0u;

// nan, infinity: their bits; WGSL has no literals for them
struct Params { count: u32, xStep: u32, pStep: u32, nan: u32, infinity: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> p: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// compilers may assume that no NaN exists, so it is detected by its bits
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

// base 2 logarithm of a finite number above 0, by its bits: a denormal one is bits * 2^-149
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
  let isInverse = bitcast<u32>(exponent) > 0x7fffffffu; // below 0
  if (exponentSize == 0u || bits == 0x3f800000u) { return 1.0; } // of NaN, too
  if (isNan(base) || isNan(exponent)) { return bitcast<f32>(params.nan); }
  // from 2^24 on every float is whole and even
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
    // where x^-p is too small to be inverted, (1 / x)^p
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

// What log does with 0, negative and denormal numbers differs by adapter.
fn logarithm(v: f32) -> f32 {
  let bits = bitcast<u32>(v);
  if ((bits & 0x7fffffffu) == 0u) { return -bitcast<f32>(params.infinity); }
  if (bits > 0x7f800000u) { return bitcast<f32>(params.nan); } // NaN and what is below 0
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
