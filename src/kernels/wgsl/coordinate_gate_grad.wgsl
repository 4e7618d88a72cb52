// coordinate_gate_grad: the gradient of coordinate_gate.wgsl by its gates, in front of their sigmoid.
//
//   a row,    g = gates[n, h]:       dsums[n, h, c]     = g (1 - g) sum over w of dy x gates[n, H + w, c]
//   a column, g = gates[n, H + w]:   dsums[n, H + w, c] = g (1 - g) sum over h of dy x gates[n, h, c]
//
// Layouts   x, dy: [N, H, W, C]; gates, dsums: [N, H + W, C].
// A thread  sums one strip of one Lane of channels.
// Bytes     reads 16 a value (x and dy, once for each direction).

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four

struct Params { height: u32, width: u32, lanes: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read> gates: array<Lane>;
@group(0) @binding(4) var<storage, read_write> dsums: array<Lane>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let lane = i % params.lanes;
  let strips = params.height + params.width;
  let strip = i / params.lanes % strips;
  let n = i / (params.lanes * strips);
  // the pixels of a row lie next to one another, those of a column a row apart; each meets a gate of the other kind
  let isRow = strip < params.height;
  let first = select(strip - params.height, strip * params.width, isRow);
  let step = select(params.width, 1u, isRow);
  let length = select(params.height, params.width, isRow);
  let others = n * strips + select(0u, params.height, isRow);
  var sum = Lane(0.0);
  for (var k = 0u; k < length; k++) {
    let at = (n * params.height * params.width + first + k * step) * params.lanes + lane;
    sum += dy[at] * x[at] * gates[(others + k) * params.lanes + lane];
  }
  let g = gates[i];
  dsums[i] = sum * g * (Lane(1.0) - g);
}
