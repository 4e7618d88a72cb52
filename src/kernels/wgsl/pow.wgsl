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

// A finite positive number v, given by its bits, as 2^power * (1 + s) / (1 - s) with |s| < 0.18. log2 is precise only
// relative to 1 for v near 1, and a large exponent would multiply the error. A denormal number is bits * 2^-149.
struct Parts { power: i32, s: f32 }

fn partsOf(bits: u32) -> Parts {
  let isDenormal = bits < 0x00800000u;
  let whole = select(bits, bitcast<u32>(f32(bits)), isDenormal);
  var power = i32(whole >> 23u) - select(127, 127 + 149, isDenormal);
  var m = bitcast<f32>((whole & 0x007fffffu) | 0x3f800000u);
  if (m > 1.4142135) { m *= 0.5; power += 1; }
  return Parts(power, (m - 1.0) / (m + 1.0));
}

// 2 artanh(s), the natural logarithm of (1 + s) / (1 - s)
fn artanh2(s: f32) -> f32 {
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q / 9.0))));
}

// 2^e for e from -151 to 129, in two factors, because one would overflow or be denormal
fn scaled(v: f32, e: i32) -> f32 {
  let half = e / 2;
  return v * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(e - half + 127) << 23u);
}

// v^p = 2^(p power + p l) with l = log2((1 + s) / (1 - s)). The upper twelve bits of p times the power are exact, so the
// integer part of the exponent costs no precision.
fn realPower(bits: u32, p: f32) -> f32 {
  let parts = partsOf(bits);
  let n = f32(parts.power);
  let l = 1.44269504 * artanh2(parts.s);
  let estimate = p * (n + l);
  if (estimate > 129.0) { return bitcast<f32>(params.infinity); }
  if (estimate < -151.0) { return 0.0; }
  let high = bitcast<f32>(bitcast<u32>(p) & 0xfffff000u);
  let exact = high * n;
  let rest = (exact - round(exact)) + ((p - high) * n + p * l);
  return scaled(exp2(rest - round(rest)), i32(round(exact) + round(rest)));
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
    result = realPower(size, exponent);
  }
  return select(result, -result, isNegative && odd);
}

// The log of 0, negative and denormal numbers differs between adapters.
fn logarithm(v: f32) -> f32 {
  let bits = bitcast<u32>(v);
  if ((bits & 0x7fffffffu) == 0u) { return -bitcast<f32>(params.infinity); }
  if (bits > 0x7f800000u) { return bitcast<f32>(params.nan); } // NaN and negative numbers
  if (bits == 0x7f800000u) { return v; }
  let parts = partsOf(bits);
  return 0.6931472 * f32(parts.power) + artanh2(parts.s);
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
