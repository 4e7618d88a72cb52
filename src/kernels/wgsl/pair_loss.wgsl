// pair_loss: the loss of each pair of an input x and a target t, selected by the override KIND.
//
//   0 squared     (x - t)^2                                                              d = x - t
//   1 absolute    |d|
//   2 smooth L1   d^2 / (2 beta) where |d| < beta, else |d| - beta / 2
//   3 logits      (1 - t) x + (1 + (p - 1) t) log(1 + exp(-x))   binary cross-entropy; p is the weight of positives
//   4 divergence  t log(t) - t x, with t log(t) = 0 where t = 0  x: log-probabilities, t: probabilities
//   5 log target  exp(t) (t - x)                                 both are log-probabilities
//
// Layouts   x, t, y: flat lists of `count` values; p: the same, or one value (pStep 0); 1 unless WEIGHTED.
// A thread  One thread computes one value.
// Bytes     Reads 8 (kind 3: up to 12) and writes 4 bytes per pair.
// Reference tests/reference/ops/pair-loss.ts

override KIND: u32 = 0u;
override WEIGHTED: bool = false;

struct Params { count: u32, pStep: u32, beta: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read> p: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
// Makes a NaN from v at run time; WGSL has no NaN literal.
fn toNan(v: f32) -> f32 { return bitcast<f32>(bitcast<u32>(v) | 0x7fc00000u); }

// log(1 + e) for e in [-0.3, 1], accurate for small e: 2 artanh(e / (2 + e)) as a series
fn logOnePlus(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let q = s * s;
  let tail = q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q / 15.0)));
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + tail))));
}

// The log of 0, negative and denormal numbers differs between adapters; denormal numbers are bits * 2^-149.
fn logarithm(v: f32) -> f32 {
  let bits = bitcast<u32>(v);
  if ((bits & 0x7fffffffu) == 0u) { return bitcast<f32>(bits | 0xff800000u); } // -Infinity
  if (bits > 0x80000000u || bits > 0x7f800000u) { return toNan(v); }
  if (bits == 0x7f800000u) { return v; }
  if (bits < 0x00800000u) { return log(f32(bits)) - 103.27893; }
  // near 1, log is precise only relative to 1
  return select(log(v), logOnePlus(v - 1.0), v > 0.7 && v < 1.4);
}

// Kind 3. For a < 0, log(1 + exp(-a)) = -a + log(1 + exp(a)), so that the terms in a are -p b a without cancellation.
fn logitsLoss(a: f32, b: f32, positive: f32) -> f32 {
  var factor = 1.0;
  if (WEIGHTED) { factor += (positive - 1.0) * b; }
  let tail = logOnePlus(exp(-abs(a)));
  if (a < 0.0 && a > -3.0e38) { return factor * tail - positive * b * a; }
  return (1.0 - b) * a + factor * (max(-a, 0.0) + tail);
}

fn divergence(v: f32, target_: f32) -> f32 {
  if (target_ == 0.0) { return -(target_ * v); }
  return target_ * logarithm(target_) - target_ * v;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let a = x[i];
  let b = t[i];
  var positive = 1.0;
  if (WEIGHTED) { positive = p[i * params.pStep]; }
  let d = a - b;
  let size = abs(d);
  var r = 0.0;
  switch KIND {
    case 0u: { r = d * d; }
    case 1u: { r = size; }
    case 2u: { r = select(size - 0.5 * params.beta, 0.5 * d * d / params.beta, size < params.beta); }
    case 3u: { r = logitsLoss(a, b, positive); }
    case 4u: { r = divergence(a, b); }
    default: { r = exp(b) * (b - a); }
  }
  if (isNan(a)) { r = a; }
  if (isNan(b)) { r = b; }
  y[i] = r;
}
