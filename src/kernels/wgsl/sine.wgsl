// sine: the sine or cosine of every element, accurate for all finite numbers.
//
//   y[i] = sin(x[i]), or cos(x[i]) (COSINE)
//
// WGSL's sin may be wrong by 2^-11 and more outside -pi to pi. Here x = n pi/2 + r with |r| <= pi/4 is computed in
// integers (Payne & Hanek, 1983): with x = m 2^(e - 150), x / (2 pi) mod 1 is the product of the 24-bit m and 96 bits of
// 2 / pi that begin where bits of a larger weight would only add whole turns. Then a polynomial in r (Cephes, sinf).
//
// Layouts   x, y: any shape, as a flat list of `count` values.
// A thread  One thread computes one value.
// Bytes     Reads 4 and writes 4 bytes per element.
// Reference tests/reference/ops/unary.ts

override COSINE: bool = false;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Makes a NaN from v at run time; WGSL has no NaN literal.
fn toNan(v: f32) -> f32 { return bitcast<f32>(bitcast<u32>(v) | 0x7fc00000u); }

// 32 zeros, then the bits of 2 / pi after the binary point, 32 at a time
fn wordOf(i: u32) -> u32 {
  switch i {
    case 0u: { return 0u; }
    case 1u: { return 0xa2f9836eu; }
    case 2u: { return 0x4e441529u; }
    case 3u: { return 0xfc2757d1u; }
    case 4u: { return 0xf534ddc0u; }
    case 5u: { return 0xdb629599u; }
    case 6u: { return 0x3c439041u; }
    default: { return 0xfe5163abu; }
  }
}

// 32 bits from position `at`
fn bitsFrom(at: u32) -> u32 {
  let shift = at & 31u;
  let first = wordOf(at >> 5u) << shift;
  if (shift == 0u) { return first; }
  return first | (wordOf((at >> 5u) + 1u) >> (32u - shift));
}

// the upper 32 bits of a * b
fn highProduct(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let left = (a >> 16u) * (b & 0xffffu);
  let right = (a & 0xffffu) * (b >> 16u);
  let middle = (low >> 16u) + (left & 0xffffu) + (right & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u) + (middle >> 16u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  let exponent = (bitcast<u32>(v) >> 23u) & 255u;
  if (exponent == 255u) { // NaN or infinite
    y[i] = toNan(v);
    return;
  }
  var r = abs(v);
  var quarter = 0u;
  if (exponent >= 126u) { // |v| >= 0.5
    let m = (bitcast<u32>(v) & 0x7fffffu) | 0x800000u;
    let at = exponent - 120u;
    let carry = highProduct(m, bitsFrom(at + 64u));
    let low = m * bitsFrom(at + 32u) + carry;
    let high = m * bitsFrom(at) + highProduct(m, bitsFrom(at + 32u)) + select(0u, 1u, low < carry);
    quarter = (high + 0x20000000u) >> 30u;
    let rest = bitcast<i32>(high - (quarter << 30u));
    r = (f32(rest) + f32(low) * 2.3283064e-10) * 1.4629181e-9; // 2^-32, 2 pi 2^-32
  }
  if (COSINE) { quarter += 1u; }
  let z = r * r;
  var result = r + r * z * ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1);
  if ((quarter & 1u) == 1u) {
    result = 1.0 - 0.5 * z + z * z * ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2);
  }
  let isNegative = (quarter & 2u) == 2u;
  let isOdd = !COSINE && bitcast<u32>(v) > 0x7fffffffu;
  y[i] = select(result, -result, isNegative != isOdd);
}
