// coordinate_gate_grad: the gradients of coordinate_gate.wgsl with respect to its input and to its gates before their
// sigmoid.
//
//   dx[n, h, w, c] = dy[n, h, w, c] * gates[n, h, c] * gates[n, H + w, c]
//   row,    g = gates[n, h]:       dsums[n, h, c]     = g (1 - g) sum over w of dy x gates[n, H + w, c]
//   column, g = gates[n, H + w]:   dsums[n, H + w, c] = g (1 - g) sum over h of dy x gates[n, h, c]
//
// Layouts   x, dy, dx: [N, H, W, C]; gates, dsums: [N, H + W, C].
// A thread  One thread sums one strip (row or column) of one Vec of channels. A thread with a row also computes its dx.
// Bytes     Reads 16 bytes per value (x and dy, once for each direction) and writes 4.
// Reference tests/reference/fer-mobilenetv3-layers.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four

struct Params { height: u32, width: u32, channels4: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read> gates: array<Vec>;
@group(0) @binding(4) var<storage, read_write> dsums: array<Vec>;
@group(0) @binding(5) var<storage, read_write> dx: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let strips = params.height + params.width;
  let strip = i / params.channels4 % strips;
  let n = i / (params.channels4 * strips);
  // pixels of a row are adjacent, those of a column are one row apart; each is multiplied by a gate of the other axis
  let isRow = strip < params.height;
  let first = select(strip - params.height, strip * params.width, isRow);
  let step = select(params.width, 1u, isRow);
  let length = select(params.height, params.width, isRow);
  let others = n * strips + select(0u, params.height, isRow);
  let gate = gates[i];
  var sum = Vec(0.0);
  for (var k = 0u; k < length; k++) {
    let at = (n * params.height * params.width + first + k * step) * params.channels4 + channel4;
    let g = dy[at] * gates[(others + k) * params.channels4 + channel4];
    sum += g * x[at];
    if (isRow) { dx[at] = g * gate; }
  }
  dsums[i] = sum * gate * (Vec(1.0) - gate);
}
