// unary_grad: the chain rule through a function of one number.
//
//   dx[i] = dy[i] * f'(x[i])      f is selected by the override FUNCTION, numbered as in unary.wgsl
//
// At a kink (abs and relu at 0, relu6 at 0 and 6, hard-swish and hard-sigmoid at -3 and 3) the derivative is that of
// the flat side, and there the gradient is 0 even if dy is not finite. The derivative at NaN is NaN, except 1 for relu
// and 0 for abs, relu6 and hard-sigmoid. Both rules are PyTorch's.
//
// Layouts   x, dy, dx: any shape, as a flat list of `count` Vecs.
// A thread  One thread computes one Vec.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/reference/ops/unary.ts

alias Vec = vec4<f32>; // f32 if the number of elements is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override FUNCTION: u32 = 0u;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dx: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// g if v is strictly between low and high, else 0.
fn inside(g: Vec, v: Vec, low: f32, high: f32) -> Vec {
  return select(Vec(0.0), g, (v > Vec(low)) & (v < Vec(high)));
}

fn hardSwishGradient(g: Vec, v: Vec) -> Vec {
  return select(select(g * (v / 3.0 + Vec(0.5)), g, v >= Vec(3.0)), Vec(0.0), v <= Vec(-3.0));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  let g = dy[i];
  let nan = isNan(v);
  var r = g;
  switch FUNCTION {
    case 0u: { r = -g; }
    case 1u: { r = g * select(exp(v), v, nan); }
    case 2u: { r = g / v; }
    case 3u: { r = g / (2.0 * sqrt(v)); }
    case 4u: { r = g * select(sign(v), Vec(0.0), nan); }
    case 5u: { r = select(Vec(0.0), g, (v > Vec(0.0)) | nan); }
    case 6u: { r = inside(g, v, 0.0, 6.0); }
    case 7u: { let s = select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, nan); r = g * (Vec(1.0) - s) * s; }
    case 8u: { r = inside(g / 6.0, v, -3.0, 3.0); }
    default: { r = hardSwishGradient(g, v); }
  }
  dx[i] = r;
}
