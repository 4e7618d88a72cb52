// pow: powers and their slopes, for any sign of the base.
//
//   y[i] = x[i] ^ p[i]                                  SLOPE = 0
//   y[i] = p x^(p - 1)                                  SLOPE = 1, by the base; 0 where p = 0
//   y[i] = x^p ln x                                     SLOPE = 2, by the exponent; 0 where x = 0, p >= 0
//
// WGSL's own pow(x, p) is exp2(p log2 x): undefined for x < 0, and loose for whole exponents. So a
// whole exponent up to 64 multiplies by repeated squaring, which is right for every sign and gives
// 0^0 = 1; a larger one takes |x| and puts the sign back when it is odd; a fraction of a negative
// base is not a real number (NaN).
//
// Layouts   x, p: flat lists as long as y, or one number each (xStep, pStep 0 instead of 1).
// A thread  makes one number.
// Bytes     reads up to 8 and writes 4 an element.

override SLOPE: u32 = 0u;

// nan: the bits of NaN; WGSL has no literal for it
struct Params { count: u32, xStep: u32, pStep: u32, nan: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> p: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn wholePower(base: f32, exponent: f32) -> f32 {
  var left = u32(abs(exponent));
  var square = base;
  var result = 1.0;
  while (left > 0u) {
    if ((left & 1u) == 1u) { result *= square; }
    square *= square;
    left = left >> 1u;
  }
  return select(result, 1.0 / result, exponent < 0.0);
}

fn power(base: f32, exponent: f32) -> f32 {
  let whole = floor(exponent) == exponent;
  if (whole && abs(exponent) <= 64.0) { return wholePower(base, exponent); }
  // log2(0) is finite on some adapters, and 0^p then a little above 0
  if (base == 0.0 && exponent > 0.0) { return 0.0; }
  let size = pow(abs(base), exponent);
  if (base >= 0.0) { return size; }
  if (!whole) { return bitcast<f32>(params.nan); }
  let half = exponent * 0.5;
  return select(-size, size, floor(half) == half);
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
  } else if (base > 0.0) {
    y[i] = power(base, exponent) * log(base);
  } else if (base == 0.0 && exponent >= 0.0) {
    y[i] = 0.0;
  } else {
    y[i] = bitcast<f32>(params.nan);
  }
}
