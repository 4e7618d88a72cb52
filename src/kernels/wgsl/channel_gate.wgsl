// channel_gate: scales each channel of a picture by one gate.
//
//   y[n, pixel, c] = x[n, pixel, c] * act(gate[n, c])     act = sigmoid or hard-sigmoid
//
// The scaling of squeeze-excitation (Hu et al., CVPR 2018). With dy for x it is the gradient by x.
//
// Layouts   x, y: [N, H * W, C]; gate: [N, C], before the activation.
// A thread  does one Lane of a run of pixels of one picture: one gate.
// Bytes     reads 4 and writes 4 a value; the gates come from cache.

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four
alias Bits = vec4<u32>; // as wide as Lane
alias Flags = vec4<bool>; // as wide as Lane
alias Number = f32; // how x and y are stored: f16 in half precision
alias Stored = vec4<Number>; // a Lane of them

override HARD: u32 = 1u;

struct Params { pixels: u32, lanes: u32, run: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> gate: array<Lane>;
@group(0) @binding(3) var<storage, read_write> y: array<Stored>;

// compilers may assume that no NaN exists, so it is detected by its bits
fn isNan(v: Lane) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
fn activate(v: Lane) -> Lane {
  var r = Lane(1.0) / (Lane(1.0) + exp(-v));
  if (HARD == 1u) { r = clamp(v * (1.0 / 6.0) + Lane(0.5), Lane(0.0), Lane(1.0)); }
  return select(r, v, isNan(v));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let runs = (params.pixels + params.run - 1u) / params.run; // of one picture
  let lane = i % params.lanes;
  let picture = i / (params.lanes * runs);
  let first = i / params.lanes % runs * params.run;
  let end = min(params.pixels, first + params.run);
  let scale = activate(gate[picture * params.lanes + lane]);
  for (var pixel = first; pixel < end; pixel++) {
    let at = (picture * params.pixels + pixel) * params.lanes + lane;
    y[at] = Stored(Lane(x[at]) * scale);
  }
}
