// pair_loss_grad: the gradient of pair_loss.wgsl with respect to its input x, or to its target t (BY_TARGET).
//
//   0 squared     dx = 2 d dy                                        dt = -dx           d = x - t
//   1 absolute    dx = sign(d) dy                                    dt = -dx
//   2 smooth L1   dx = d / beta dy where |d| < beta, else sign(d) dy   dt = -dx
//   3 logits      dx = ((1 - t) - (1 + (p - 1) t) sigmoid(-x)) dy    dt = ((p - 1) log(1 + exp(-x)) - x) dy
//   4 divergence  dx = -t dy                                         dt = (log(t) + 1 - x) dy
//   5 log target  dx = -exp(t) dy                                    dt = exp(t) (t - x + 1) dy
//
// sign(0) is 0, and so is sign(NaN), as in PyTorch.
//
// Layouts   x, t, dy, dx: flat lists of `count` values; p: the same, or one value (pStep 0); 1 unless WEIGHTED.
// A thread  One thread computes one value.
// Bytes     Reads 12 (kind 3: up to 16) and writes 4 bytes per pair.
// Reference tests/reference/ops/pair-loss.ts

override KIND: u32 = 0u;
override WEIGHTED: bool = false;
override BY_TARGET: bool = false;

struct Params { count: u32, pStep: u32, beta: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read> p: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

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

fn slopeOf(a: f32, b: f32, excess: f32) -> f32 {
  let d = a - b;
  let side = select(sign(d), 0.0, isNan(d));
  let e = exp(-abs(a));
  let sigmoidOfMinus = select(1.0, e, a >= 0.0) / (1.0 + e);
  switch KIND {
    case 0u: { return 2.0 * d; }
    case 1u: { return side; }
    case 2u: { return select(select(side, d / params.beta, abs(d) < params.beta), d, isNan(d)); }
    case 3u: {
      if (BY_TARGET && WEIGHTED) { return excess * (max(-a, 0.0) + logOnePlus(e)) - a; }
      if (BY_TARGET) { return -a; }
      var factor = 1.0;
      if (WEIGHTED) { factor += excess * b; }
      return select(1.0 - b - factor * sigmoidOfMinus, a, isNan(a));
    }
    case 4u: {
      if (BY_TARGET) { return logarithm(b) + 1.0 - a; }
      return -b;
    }
    default: {
      let probability = exp(b);
      if (BY_TARGET) { return probability * (b - a + 1.0); }
      return select(-probability, b, isNan(b));
    }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  var excess = 0.0;
  if (WEIGHTED) { excess = p[i * params.pStep] - 1.0; }
  var slope = slopeOf(x[i], t[i], excess);
  if (BY_TARGET && KIND < 3u) { slope = -slope; }
  dx[i] = dy[i] * slope;
}
