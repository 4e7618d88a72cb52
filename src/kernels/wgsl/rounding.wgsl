// rounding: a step function of one number, applied to every element. Its gradient is 0 everywhere.
//
//   y[i] = sign(x), floor(x), ceil(x) or round(x), selected by the override FUNCTION
// round rounds halves to the even neighbor. sign(NaN) is 0, as in PyTorch; the others keep NaN.
//
// Layouts   x, y: any shape, as a flat list of `count` values.
// A thread  One thread computes one value.
// Bytes     Reads 4 and writes 4 bytes per element.
// Reference tests/reference/ops/unary.ts

override FUNCTION: u32 = 0u;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  var r = v;
  switch FUNCTION {
    case 0u: { r = select(select(0.0, 1.0, v > 0.0), -1.0, v < 0.0); }
    case 1u: { r = floor(v); }
    case 2u: { r = ceil(v); }
    default: { r = round(v); }
  }
  if (isNan(v)) { r = select(v, 0.0, FUNCTION == 0u); }
  y[i] = r;
}
