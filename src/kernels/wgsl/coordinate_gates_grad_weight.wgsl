// coordinate_gates_grad_weight: the gradients of coordinate_gates.wgsl with respect to its weights and biases.
//
//   dweight[m, c] = sum over the strips of strips[n, p, m] * dsums[n, p, c]     p < H: row weight, p >= H: column weight
//   dbias[c]      = sum over the strips of dsums[n, p, c]                       (as for a strip of ones)
//
// Layouts   strips: [N, H + W, M]; dsums: [N, H + W, C]; the gradients have the shapes of the weights, [M, C], and the
//           biases, [C].
// A thread  One thread computes one Vec of channels for TAPS neighboring values of m (the bias counts as m = M) over
//           all rows or all columns in order, so results are identical bit for bit. Each value of dsums serves all TAPS
//           sums.
// Bytes     Reads 4 * N * (H + W) * (C * M / TAPS + M), writes 8 * (M + 1) * C.
// Reference tests/reference/fer-mobilenetv3-layers.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
const TAPS = 8u;

struct Params { height: u32, width: u32, middle: u32, channels4: u32, rows: u32, columns: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> strips: array<f32>;
@group(0) @binding(2) var<storage, read> dsums: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dRowWeight: array<Vec>;
@group(0) @binding(4) var<storage, read_write> dRowBias: array<Vec>;
@group(0) @binding(5) var<storage, read_write> dColumnWeight: array<Vec>;
@group(0) @binding(6) var<storage, read_write> dColumnBias: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = (kind * tapTiles + tapTile) * channels4 + channel4
  let tapTiles = params.middle / TAPS + 1u; // M + 1 in TAPS
  let channel4 = i % params.channels4;
  let m = i / params.channels4 % tapTiles * TAPS;
  let isRow = i / params.channels4 < tapTiles;
  let length = select(params.width, params.height, isRow);
  let offset = select(params.height, 0u, isRow);
  let others = select(params.height, params.width, isRow); // strips of the other axis, between those of two images
  let count = select(params.columns, params.rows, isRow);

  var column: array<u32, TAPS>;
  for (var t = 0u; t < TAPS; t++) { column[t] = min(m + t, params.middle - 1u); }
  var sum: array<Vec, TAPS>;
  var place = offset;
  var left = length; // strips of this axis that are left in the image
  for (var s = 0u; s < count; s++) {
    let g = dsums[place * params.channels4 + channel4];
    for (var t = 0u; t < TAPS; t++) {
      let value = strips[place * params.middle + column[t]];
      sum[t] += select(value, 1.0, m + t >= params.middle) * g;
    }
    left -= 1u;
    place += select(1u, 1u + others, left == 0u);
    left = select(left, length, left == 0u);
  }
  for (var t = 0u; t < TAPS; t++) {
    let at = (m + t) * params.channels4 + channel4;
    if (m + t < params.middle) {
      if (isRow) { dRowWeight[at] = sum[t]; } else { dColumnWeight[at] = sum[t]; }
    } else if (m + t == params.middle) {
      if (isRow) { dRowBias[channel4] = sum[t]; } else { dColumnBias[channel4] = sum[t]; }
    }
  }
}
