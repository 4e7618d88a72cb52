// coordinate_gate: scales each pixel by a gate of its row and a gate of its column.
//
//   y[n, h, w, c] = x[n, h, w, c] * sigmoid(rows[n, h, c]) * sigmoid(columns[n, w, c])
//                                                        (Hou et al., CVPR 2021, eq. 9)
//
// The same kernel with dy for x is the gradient by x.
//
// Layouts   x, y: [N, H, W, C]; rows: [N, H, 1, C]; columns: [N, 1, W, C], both before the sigmoid.
// A thread  does one Lane of a run of pixels of one row: one gate of the row.
// Bytes     reads 4 and writes 4 a value; the gates come from cache.

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four

struct Params { height: u32, width: u32, lanes: u32, run: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> rows: array<Lane>;
@group(0) @binding(3) var<storage, read> columns: array<Lane>;
@group(0) @binding(4) var<storage, read_write> y: array<Lane>;

fn sigmoid(v: Lane) -> Lane { return Lane(1.0) / (Lane(1.0) + exp(-v)); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let runs = (params.width + params.run - 1u) / params.run; // of one row
  let lane = i % params.lanes;
  let row = i / (params.lanes * runs); // n * H + h
  let first = i / params.lanes % runs * params.run;
  let end = min(params.width, first + params.run);
  let left = row / params.height * params.width; // n * W
  let byRow = sigmoid(rows[row * params.lanes + lane]);
  for (var w = first; w < end; w++) {
    let at = (row * params.width + w) * params.lanes + lane;
    y[at] = x[at] * byRow * sigmoid(columns[(left + w) * params.lanes + lane]);
  }
}
