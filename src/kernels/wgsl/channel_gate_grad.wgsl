// channel_gate_grad: the gradient of channel_gate.wgsl by its gate.
//
//   dgate[n, c] = act'(gate) * sum over pixels of dy x
//
// Layouts   x, dy: [N, H * W, C]; gate, dgate: [N, C].
// A thread  sums one Lane of channels of one picture.
// Bytes     reads 8 a value.

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four
alias Bits = vec4<u32>; // as wide as Lane
alias Flags = vec4<bool>; // as wide as Lane

override HARD: u32 = 1u;

struct Params { pixels: u32, lanes: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read> gate: array<Lane>;
@group(0) @binding(4) var<storage, read_write> dgate: array<Lane>;

// compilers may assume that no NaN exists, so it is detected by its bits
fn isNan(v: Lane) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// the gradient before the activation, of g after it; where the gate is flat it is 0, whatever g is
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
