// activation: a smooth or leaky activation of every element, with up to two constants.
//
//   FUNCTION 0 tanh         (exp(2 x) - 1) / (exp(2 x) + 1)
//            1 silu         x s(x), with s(x) = 1 / (1 + exp(-x))
//            2 gelu         x P(x), with P the normal distribution's cumulative probability
//            3 gelu 'tanh'  x s(2 u), with u = sqrt(2 / pi) (x + 0.044715 x^3)
//            4 leakyRelu    x if x > 0, else a x
//            5 elu          x if x > 0, else a (exp(x) - 1)
//            6 softplus     log(1 + exp(a x)) / a, and x if a x > b
//
// Every exponential has an argument of at most 0, so nothing overflows, and small differences are computed by series, so
// that results are precise relative to their own size.
//
// Layouts   x, y: any shape, as a flat list of `count` Vecs.
// A thread  One thread computes one Vec.
// Bytes     Reads 4 and writes 4 bytes per element.
// Reference tests/reference/ops/unary.ts

alias Vec = vec4<f32>; // f32 if the number of elements is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override FUNCTION: u32 = 0u;

struct Params { count: u32, a: f32, b: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// 1 / (1 + exp(-v))
fn logistic(v: Vec) -> Vec {
  let e = exp(-min(abs(v), Vec(200.0)));
  return select(e, Vec(1.0), v >= Vec(0.0)) / (Vec(1.0) + e);
}

fn hyperbolicTangent(v: Vec) -> Vec {
  let m = min(abs(v), Vec(20.0));
  let s = m * m;
  let series = v * (Vec(1.0) + s * (Vec(-1.0 / 3.0) + s * (Vec(2.0 / 15.0) + s * (Vec(-17.0 / 315.0) + s * (62.0 / 2835.0)))));
  let e = exp(-2.0 * m);
  let far = (Vec(1.0) - e) / (Vec(1.0) + e);
  return select(select(far, -far, v < Vec(0.0)), series, m < Vec(0.25));
}

// The probability that a normal variable is below v, by W. H. Press et al., Numerical Recipes, erfcc: relative error 1.2e-7.
fn normalProbability(v: Vec) -> Vec {
  let z = min(abs(v), Vec(20.0)) * 0.70710678;
  let t = Vec(1.0) / (Vec(1.0) + 0.5 * z);
  let p = Vec(-1.26551223) + t * (Vec(1.00002368) + t * (Vec(0.37409196) + t * (Vec(0.09678418) + t * (Vec(-0.18628806)
    + t * (Vec(0.27886807) + t * (Vec(-1.13520398) + t * (Vec(1.48851587) + t * (Vec(-0.82215223) + t * 0.17087277))))))));
  let tail = 0.5 * t * exp(p - z * z);
  return select(tail, Vec(1.0) - tail, v >= Vec(0.0));
}

// 2 u of the approximation; the logistic function of 20 is already 1.
fn geluArgument(v: Vec) -> Vec {
  let m = clamp(v, Vec(-20.0), Vec(20.0));
  return 1.5957691216 * (m + 0.044715 * m * m * m);
}

// exp(v) - 1 for v <= 0
fn expMinusOne(v: Vec) -> Vec {
  let m = max(v, Vec(-100.0));
  let series = v * (Vec(1.0) + m / 2.0 * (Vec(1.0) + m / 3.0 * (Vec(1.0) + m / 4.0 * (Vec(1.0) + m / 5.0 * (Vec(1.0) + m / 6.0)))));
  return select(exp(m) - Vec(1.0), series, m > Vec(-0.25));
}

// log(1 + e) for e from 0 to 1, as 2 artanh(e / (2 + e))
fn logOnePlus(e: Vec) -> Vec {
  let s = e / (Vec(2.0) + e);
  let q = s * s;
  return 2.0 * s * (Vec(1.0) + q * (Vec(1.0 / 3.0) + q * (Vec(1.0 / 5.0) + q * (Vec(1.0 / 7.0) + q * (Vec(1.0 / 9.0)
    + q * (Vec(1.0 / 11.0) + q * (Vec(1.0 / 13.0) + q / 15.0)))))));
}

fn softplus(v: Vec) -> Vec {
  let z = params.a * v;
  let curve = (max(z, Vec(0.0)) + logOnePlus(exp(-min(abs(z), Vec(200.0))))) / params.a;
  return select(curve, v, z > Vec(params.b));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  var r = v;
  switch FUNCTION {
    case 0u: { r = hyperbolicTangent(v); }
    case 1u: { r = v * logistic(v); }
    case 2u: { r = v * normalProbability(v); }
    case 3u: { r = v * logistic(geluArgument(v)); }
    case 4u: { r = select(params.a * v, v, v > Vec(0.0)); }
    case 5u: { r = select(params.a * expMinusOne(select(v, Vec(0.0), v > Vec(0.0))), v, v > Vec(0.0)); }
    default: { r = softplus(v); }
  }
  y[i] = select(r, v, isNan(v));
}
