// channel_gate_grad: the gradient of channel_gate.wgsl with respect to its gate.
//
//   dgate[n, c] = act'(gate) * sum over pixels of dy x
//
// Layouts   x, dy: [N, H * W, C]; gate, dgate: [N, C].
// A thread  One thread sums one Lane of channels of one image.
// Bytes     Reads 8 bytes per value.
// Reference tests/reference/tape/elementwise.ts

alias Lane = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Lane
alias Flags = vec4<bool>; // same width as Lane

override HARD: u32 = 1u;

struct Params { pixels: u32, lanes: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read> gate: array<Lane>;
@group(0) @binding(4) var<storage, read_write> dgate: array<Lane>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Lane) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// The gradient before the activation from the gradient g after it; 0 where the activation is flat, even for infinite g.
fn behind(g: Lane, v: Lane) -> Lane {
  if (HARD == 1u) { return select(Lane(0.0), g * (1.0 / 6.0), (v > Lane(-3.0)) & (v < Lane(3.0))); }
  let s = select(Lane(1.0) / (Lane(1.0) + exp(-v)), v, isNan(v));
  return g * (Lane(1.0) - s) * s;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let first = (i / params.lanes) * params.pixels * params.lanes + i % params.lanes;
  var sum = Lane(0.0);
  for (var pixel = 0u; pixel < params.pixels; pixel++) {
    let at = first + pixel * params.lanes;
    sum += x[at] * dy[at];
  }
  dgate[i] = behind(sum, gate[i]);
}
