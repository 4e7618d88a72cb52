// channel_gate_grad: the gradients of channel_gate.wgsl with respect to its input and its gate.
//
//   dx[n, pixel, c] = dy[n, pixel, c] * act(gate[n, c])
//   dgate[n, c]     = act'(gate) * sum over pixels of dy x
//
// Layouts   x, dy, dx: [N, H * W, C]; gate, dgate: [N, C].
// A thread  One thread processes one Vec of channels of one image.
// Bytes     Reads 8 and writes 4 bytes per value.
// Reference tests/reference/tape/elementwise.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override HARD: u32 = 1u;

struct Params { pixels: u32, channels4: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read> gate: array<Vec>;
@group(0) @binding(4) var<storage, read_write> dgate: array<Vec>;
@group(0) @binding(5) var<storage, read_write> dx: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

fn activate(v: Vec) -> Vec {
  if (HARD == 1u) { return select(clamp(v * (1.0 / 6.0) + Vec(0.5), Vec(0.0), Vec(1.0)), v, isNan(v)); }
  return select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v));
}

// The gradient before the activation from the gradient g after it; 0 where the activation is flat, even for infinite g.
fn behind(g: Vec, v: Vec) -> Vec {
  if (HARD == 1u) { return select(Vec(0.0), g * (1.0 / 6.0), (v > Vec(-3.0)) & (v < Vec(3.0))); }
  let s = select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v));
  return g * (Vec(1.0) - s) * s;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let first = (i / params.channels4) * params.pixels * params.channels4 + i % params.channels4;
  let scale = activate(gate[i]);
  var sum = Vec(0.0);
  for (var pixel = 0u; pixel < params.pixels; pixel++) {
    let at = first + pixel * params.channels4;
    let g = dy[at];
    sum += x[at] * g;
    dx[at] = g * scale;
  }
  dgate[i] = behind(sum, gate[i]);
}
