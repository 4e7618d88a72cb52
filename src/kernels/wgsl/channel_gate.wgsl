// channel_gate: scales each channel of an image by a gate.
//
//   y[n, pixel, c] = x[n, pixel, c] * act(gate[n, c])     act = sigmoid, hard-sigmoid or none
//
// This is the scaling of squeeze-excitation (Hu et al., CVPR 2018).
//
// Layouts   x, y: [N, H * W, C]; gate: [N, C], before its activation.
// A thread  One thread computes one Vec of a run of pixels of one image, which share a gate.
// Bytes     Reads 4 and writes 4 bytes per value; the gates are read from cache.
// Reference tests/reference/tape/elementwise.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec
alias Number = f32; // storage type of x and y: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type

override ACTIVATION: u32 = 5u; // 0 none, 4 sigmoid, 5 hardSigmoid

struct Params { pixels: u32, channels4: u32, run: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> gate: array<Vec>;
@group(0) @binding(3) var<storage, read_write> y: array<Stored>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
fn activate(v: Vec) -> Vec {
  var r = v;
  if (ACTIVATION == 4u) { r = Vec(1.0) / (Vec(1.0) + exp(-v)); }
  if (ACTIVATION == 5u) { r = clamp(v * (1.0 / 6.0) + Vec(0.5), Vec(0.0), Vec(1.0)); }
  return select(r, v, isNan(v));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let runs = (params.pixels + params.run - 1u) / params.run; // per image
  let channel4 = i % params.channels4;
  let picture = i / (params.channels4 * runs);
  let first = i / params.channels4 % runs * params.run;
  let end = min(params.pixels, first + params.run);
  let scale = activate(gate[picture * params.channels4 + channel4]);
  for (var pixel = first; pixel < end; pixel++) {
    let at = (picture * params.pixels + pixel) * params.channels4 + channel4;
    y[at] = Stored(Vec(x[at]) * scale);
  }
}
