// coordinate_gates_grad_input: the gradient of coordinate_gates.wgsl by its strips.
//
//   dstrips[n, p, m] = sum over c of dsums[n, p, c] * weight[m, c]     weight of rows for p < H, of columns beyond
//
// dsums are the gradients in front of the sigmoid, as coordinate_gate_grad.wgsl makes them.
//
// Layouts   dsums: [N, H + W, C]; rowWeight, columnWeight: [M, C]; dstrips: [N, H + W, M].
// A thread  makes four neighbours of M for STRIPS strips that share a weight: a value that it loads serves
//           four sums.
// Bytes     reads 2 * C and writes 4 a value of dstrips.

const STRIPS = 4u;

struct Params { height: u32, width: u32, middle: u32, channels: u32, rowTiles: u32, rows: u32, columns: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dsums: array<f32>;
@group(0) @binding(2) var<storage, read> rowWeight: array<f32>;
@group(0) @binding(3) var<storage, read> columnWeight: array<f32>;
@group(0) @binding(4) var<storage, read_write> dstrips: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let across = (params.middle + 3u) / 4u;
  let m = i % across * 4u;
  let tile = i / across;
  let isRow = tile < params.rowTiles;
  let first = select(tile - params.rowTiles, tile, isRow) * STRIPS;
  let length = select(params.width, params.height, isRow);
  let strideOf = params.height + params.width;
  let offset = select(params.height, 0u, isRow);
  let last = select(params.columns, params.rows, isRow) - 1u;

  var place: array<u32, STRIPS>;
  var sum: array<vec4f, STRIPS>;
  for (var s = 0u; s < STRIPS; s++) {
    let strip = min(first + s, last);
    place[s] = strip / length * strideOf + offset + strip % length;
  }
  let at = min(vec4u(m, m + 1u, m + 2u, m + 3u), vec4u(params.middle - 1u)) * params.channels;
  for (var c = 0u; c < params.channels; c++) {
    var tap: vec4f;
    if (isRow) {
      tap = vec4f(rowWeight[at.x + c], rowWeight[at.y + c], rowWeight[at.z + c], rowWeight[at.w + c]);
    } else {
      tap = vec4f(columnWeight[at.x + c], columnWeight[at.y + c], columnWeight[at.z + c], columnWeight[at.w + c]);
    }
    for (var s = 0u; s < STRIPS; s++) { sum[s] += dsums[place[s] * params.channels + c] * tap; }
  }
  for (var s = 0u; s < STRIPS; s++) {
    if (first + s <= last) {
      for (var k = 0u; k < 4u; k++) {
        if (m + k < params.middle) { dstrips[place[s] * params.middle + m + k] = sum[s][k]; }
      }
    }
  }
}
