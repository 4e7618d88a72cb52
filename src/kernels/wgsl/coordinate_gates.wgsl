// coordinate_gates: the gates of coordinate attention, one per row and one per column of each image.
//
//   position p < H:    gates[n, p, c] = sigmoid(rowBias[c]    + sum over m of strips[n, p, m] * rowWeight[m, c])
//   position p >= H:   gates[n, p, c] = sigmoid(columnBias[c] + sum over m of strips[n, p, m] * columnWeight[m, c])
//                                                          (Hou et al., CVPR 2021, eq. 6 and 7)
//
// Layouts   strips: [N, H + W, M]; rowWeight, columnWeight: [M, C]; rowBias, columnBias: [C];
//           gates: [N, H + W, C].
// A thread  One thread computes one Vec of channels of STRIPS strips that share a weight: first the rows of all images,
//           then the columns. A vec4 of the weight is loaded once for all of them.
// Bytes     Reads 4 * (M / C + M / STRIPS) and writes 4 bytes per gate.
// Reference tests/reference/fer-mobilenetv3-layers.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec
const STRIPS = 4u;

struct Params { height: u32, width: u32, middle: u32, channels4: u32, rowTiles: u32, rows: u32, columns: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> strips: array<f32>;
@group(0) @binding(2) var<storage, read> rowWeight: array<Vec>;
@group(0) @binding(3) var<storage, read> rowBias: array<Vec>;
@group(0) @binding(4) var<storage, read> columnWeight: array<Vec>;
@group(0) @binding(5) var<storage, read> columnBias: array<Vec>;
@group(0) @binding(6) var<storage, read_write> gates: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
fn sigmoid(v: Vec) -> Vec { return select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v)); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let tile = i / params.channels4;
  let isRow = tile < params.rowTiles;
  // strip s of one axis is strip s % length of image s / length
  let first = select(tile - params.rowTiles, tile, isRow) * STRIPS;
  let length = select(params.width, params.height, isRow);
  let strideOf = params.height + params.width;
  let offset = select(params.height, 0u, isRow);
  let last = select(params.columns, params.rows, isRow) - 1u;

  var place: array<u32, STRIPS>;
  var sum: array<Vec, STRIPS>;
  for (var s = 0u; s < STRIPS; s++) {
    let strip = min(first + s, last);
    place[s] = strip / length * strideOf + offset + strip % length;
    sum[s] = select(columnBias[channel4], rowBias[channel4], isRow);
  }
  for (var m = 0u; m < params.middle; m++) {
    let at = m * params.channels4 + channel4;
    var tap: Vec;
    if (isRow) { tap = rowWeight[at]; } else { tap = columnWeight[at]; }
    for (var s = 0u; s < STRIPS; s++) { sum[s] += strips[place[s] * params.middle + m] * tap; }
  }
  for (var s = 0u; s < STRIPS; s++) {
    if (first + s <= last) { gates[place[s] * params.channels4 + channel4] = sigmoid(sum[s]); }
  }
}
