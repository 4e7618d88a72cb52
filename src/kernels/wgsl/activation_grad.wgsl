// activation_grad: the chain rule through the activations of activation.wgsl.
//
//   dx[i] = dy[i] * f'(x[i])      f is selected by the override FUNCTION, numbered as in activation.wgsl
//
//   tanh         4 e / (1 + e)^2, with e = exp(-2 |x|)
//   silu         s (1 + x (1 - s)), with s = 1 / (1 + exp(-x))
//   gelu         P(x) + x p(x), with the normal distribution's probability P and density p
//   gelu 'tanh'  s (1 + x (1 - s) 2 u'), with s the logistic function of 2 u
//   leakyRelu    1 if x > 0, else a
//   elu          1 if x > 0, else a exp(x)
//   softplus     1 / (1 + exp(-a x)), and 1 if a x > b
//
// The derivative at NaN is NaN, except a for leakyRelu. Those of silu and gelu at an infinity are NaN, as in PyTorch.
//
// Layouts   x, dy, dx: any shape, as a flat list of `count` Vecs.
// A thread  One thread computes one Vec.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/reference/ops/unary.ts

alias Vec = vec4<f32>; // f32 if the number of elements is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override FUNCTION: u32 = 0u;

struct Params { count: u32, a: f32, b: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dx: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
fn isInfinite(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) == Bits(0x7f800000u); }
// Makes a NaN from v at run time; WGSL has no NaN literal.
fn toNan(v: Vec) -> Vec { return bitcast<Vec>(bitcast<Bits>(v) | Bits(0x7fc00000u)); }

// 1 / (1 + exp(-v))
fn logistic(v: Vec) -> Vec {
  let e = exp(-min(abs(v), Vec(200.0)));
  return select(e, Vec(1.0), v >= Vec(0.0)) / (Vec(1.0) + e);
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

fn derivative(v: Vec) -> Vec {
  let m = clamp(v, Vec(-20.0), Vec(20.0)); // beyond, all derivatives are constant in single precision
  switch FUNCTION {
    case 0u: { let e = exp(-2.0 * min(abs(v), Vec(100.0))); return 4.0 * e / ((Vec(1.0) + e) * (Vec(1.0) + e)); }
    case 1u: {
      let w = clamp(v, Vec(-200.0), Vec(200.0));
      return logistic(w) * (Vec(1.0) + w * logistic(-w));
    }
    case 2u: { return normalProbability(v) + m * (0.3989422804 * exp(-0.5 * m * m)); }
    case 3u: {
      let u = 1.5957691216 * (m + 0.044715 * m * m * m);
      return logistic(u) * (Vec(1.0) + m * logistic(-u) * (1.5957691216 * (Vec(1.0) + 0.134145 * m * m)));
    }
    case 4u: { return select(Vec(params.a), Vec(1.0), (v > Vec(0.0)) & !isNan(v)); }
    case 5u: { return select(params.a * exp(max(min(v, Vec(0.0)), Vec(-200.0))), Vec(1.0), v > Vec(0.0)); }
    default: { let z = params.a * v; return select(logistic(z), Vec(1.0), z > Vec(params.b)); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  var d = derivative(v);
  if (FUNCTION != 4u) { d = select(d, v, isNan(v)); }
  if (FUNCTION >= 1u && FUNCTION <= 3u) { d = select(d, toNan(v), isInfinite(v)); }
  dx[i] = dy[i] * d;
}
