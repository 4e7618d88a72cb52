// coordinate_gate: scales each pixel by the gate of its row and the gate of its column.
//
//   y[n, h, w, c] = x[n, h, w, c] * gates[n, h, c] * gates[n, H + w, c]      (Hou et al., CVPR 2021, eq. 9)
//
// Layouts   x, y: [N, H, W, C]; gates: [N, H + W, C] from coordinate_gates.wgsl.
// A thread  One thread computes one Vec of a run of pixels of one row, which share the gate of the row.
// Bytes     Reads 4 and writes 4 bytes per value; the gates are read from cache.
// Reference tests/reference/fer-mobilenetv3-layers.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Number = f32; // storage type of x and y: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type

struct Params { height: u32, width: u32, channels4: u32, run: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> gates: array<Vec>;
@group(0) @binding(3) var<storage, read_write> y: array<Stored>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let runs = (params.width + params.run - 1u) / params.run; // per row
  let channel4 = i % params.channels4;
  let row = i / (params.channels4 * runs); // n * H + h
  let first = i / params.channels4 % runs * params.run;
  let end = min(params.width, first + params.run);
  let strips = row / params.height * (params.height + params.width); // the image's first strip
  let byRow = gates[(strips + row % params.height) * params.channels4 + channel4];
  for (var w = first; w < end; w++) {
    let at = (row * params.width + w) * params.channels4 + channel4;
    y[at] = Stored(Vec(x[at]) * byRow * gates[(strips + params.height + w) * params.channels4 + channel4]);
  }
}
