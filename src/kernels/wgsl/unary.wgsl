// unary: one function of one number, applied to every element.
//
//   y[i] = f(x[i])      f chosen by the override FUNCTION
//
// Layouts   x, y: any shape, as a flat list of `count` Lanes.
// A thread  computes one Lane.
// Bytes     reads 4 and writes 4 an element.

alias Lane = vec4<f32>; // f32 where the element count is not a multiple of four

override FUNCTION: u32 = 0u;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

// v within low and high; clamp() may lose a NaN, this keeps it
fn clip(v: Lane, low: Lane, high: Lane) -> Lane { return select(select(v, high, v > high), low, v < low); }
fn sigmoid(v: Lane) -> Lane { return Lane(1.0) / (Lane(1.0) + exp(-v)); }
fn hardSigmoid(v: Lane) -> Lane { return clip(v / 6.0 + Lane(0.5), Lane(0.0), Lane(1.0)); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  var r = v;
  switch FUNCTION {
    case 0u: { r = -v; }
    case 1u: { r = exp(v); }
    case 2u: { r = log(v); }
    case 3u: { r = sqrt(v); }
    case 4u: { r = abs(v); }
    case 5u: { r = clip(v, Lane(0.0), v); }                      // relu
    case 6u: { r = clip(v, Lane(0.0), Lane(6.0)); }              // relu6
    case 7u: { r = sigmoid(v); }
    case 8u: { r = hardSigmoid(v); }
    default: { r = v * hardSigmoid(v); }                         // 9: hardSwish
  }
  y[i] = r;
}
