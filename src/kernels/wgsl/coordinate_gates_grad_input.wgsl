// coordinate_gates_grad_input: the gradient of coordinate_gates.wgsl with respect to its strips.
//
//   dstrips[n, p, m] = sum over c of dsums[n, p, c] * weight[m, c]     rowWeight for p < H, columnWeight for p >= H
//
// dsums are the gradients before the sigmoid, from coordinate_gate_grad.wgsl.
//
// Layouts   dsums: [N, H + W, C]; rowWeight, columnWeight: [M, C]; dstrips: [N, H + W, M].
// A thread  One thread computes four neighboring values of M for STRIPS strips that share a weight, one Vec of channels
//           at a time: each Vec that it loads serves four sums.
// Bytes     Reads 2 * C and writes 4 bytes per value of dstrips.
// Reference tests/reference/fer-mobilenetv3-layers.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
const WIDTH = 4u; // components of a Vec
const STRIPS = 4u;

struct Params { height: u32, width: u32, middle: u32, channels4: u32, rowTiles: u32, rows: u32, columns: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dsums: array<Vec>;
@group(0) @binding(2) var<storage, read> rowWeight: array<Vec>;
@group(0) @binding(3) var<storage, read> columnWeight: array<Vec>;
@group(0) @binding(4) var<storage, read_write> dstrips: array<f32>;

// The sum of a Vec's components; for a Vec of one f32 this adds four quarters.
fn total(v: Vec) -> f32 { return dot(vec4<f32>(v), vec4<f32>(0.25 * f32(WIDTH))); }

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
  var sum: array<Vec, 4u * STRIPS>; // the sum of neighbor k and strip s is at 4 s + k
  for (var s = 0u; s < STRIPS; s++) {
    let strip = min(first + s, last);
    place[s] = (strip / length * strideOf + offset + strip % length) * params.channels4;
  }
  let at = min(vec4u(m, m + 1u, m + 2u, m + 3u), vec4u(params.middle - 1u)) * params.channels4;
  for (var c = 0u; c < params.channels4; c++) {
    var tap: array<Vec, 4>;
    if (isRow) {
      for (var k = 0u; k < 4u; k++) { tap[k] = rowWeight[at[k] + c]; }
    } else {
      for (var k = 0u; k < 4u; k++) { tap[k] = columnWeight[at[k] + c]; }
    }
    for (var s = 0u; s < STRIPS; s++) {
      let d = dsums[place[s] + c];
      for (var k = 0u; k < 4u; k++) { sum[4u * s + k] += d * tap[k]; }
    }
  }
  for (var s = 0u; s < STRIPS; s++) {
    if (first + s <= last) {
      for (var k = 0u; k < 4u; k++) {
        if (m + k < params.middle) { dstrips[place[s] / params.channels4 * params.middle + m + k] = total(sum[4u * s + k]); }
      }
    }
  }
}
