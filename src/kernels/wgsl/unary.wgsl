// unary: a function of one number, applied to every element.
//
//   y[i] = f(x[i])      f is selected by the override FUNCTION
//
// Layouts   x, y: any shape, as a flat list of `count` Vecs.
// A thread  One thread computes one Vec.
// Bytes     Reads 4 and writes 4 bytes per element.
// Reference tests/reference/ops/unary.ts

alias Vec = vec4<f32>; // f32 if the number of elements is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override FUNCTION: u32 = 0u;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
// Makes a NaN from v at run time; WGSL has no NaN literal.
fn toNan(v: Vec) -> Vec { return bitcast<Vec>(bitcast<Bits>(v) | Bits(0x7fc00000u)); }

fn relu(v: Vec) -> Vec { return select(Vec(0.0), v, (v >= Vec(0.0)) | isNan(v)); }
fn sigmoid(v: Vec) -> Vec { return 1.0 / (1.0 + exp(-v)); }
fn hardSigmoid(v: Vec) -> Vec { return clamp(v / 6.0 + 0.5, Vec(0.0), Vec(1.0)); }
fn squareRoot(v: Vec) -> Vec { return select(sqrt(v), toNan(v), bitcast<Bits>(v) > Bits(0x80000000u)); }

// The log of 0, negative and denormal numbers differs between adapters; denormal numbers are bits * 2^-149. Near 1, log is
// precise only relative to 1, so it is computed by its series, 2 artanh((v - 1) / (v + 1)).
fn logarithm(v: Vec) -> Vec {
  let bits = bitcast<Bits>(v);
  var r = select(log(v), log(Vec(bits)) - Vec(103.27893), bits < Bits(0x00800000u));
  let s = (v - 1.0) / (v + 1.0);
  let q = s * s;
  r = select(r, 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q / 7.0))), q < Vec(0.01));
  r = select(r, v, bits == Bits(0x7f800000u)); // Infinity
  r = select(r, toNan(v), bits > Bits(0x80000000u));
  return select(r, bitcast<Vec>(bits | Bits(0xff800000u)), (bits & Bits(0x7fffffffu)) == Bits(0u)); // -Infinity
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  var r = v;
  switch FUNCTION {
    case 0u: { r = -v; }
    case 1u: { r = exp(v); }
    case 2u: { r = logarithm(v); }
    case 3u: { r = squareRoot(v); }
    case 4u: { r = abs(v); }
    case 5u: { r = relu(v); }
    case 6u: { r = min(relu(v), Vec(6.0)); }                    // relu6
    case 7u: { r = sigmoid(v); }
    case 8u: { r = hardSigmoid(v); }
    default: { r = v * hardSigmoid(v); }                         // 9: hardSwish
  }
  y[i] = select(r, v, isNan(v));
}
