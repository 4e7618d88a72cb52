// column_sum_partial: column sums of a matrix, split into chunks of rows.
//
//   partial[chunk, c] = sum of x[r, c] over the chunk's rows r
//
// This is the gradient of a bias: x is dy, rows = N * H * W; sum_partials.wgsl adds the chunks.
//
// Layouts   x: [rows, columns]. partial: [chunks, columns]. Columns are read in Lanes (lanes = columns / 4).
// A thread  One thread sums one Lane of columns over its chunk; neighboring threads read neighboring columns.
// Bytes     4 * (rows + chunks) * columns.
// Reference tests/reference/tape/convolution.ts

// The host replaces Lane by f32 if the number of channels is not a multiple of four.
alias Lane = vec4<f32>;

struct Params {
  rows: u32,
  lanes: u32,
  chunkRows: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> partial: array<Lane>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let lane = i % params.lanes;
  let chunk = i / params.lanes;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  var sum = Lane(0.0);
  for (var row = chunk * params.chunkRows; row < end; row++) {
    sum += x[row * params.lanes + lane];
  }
  partial[i] = sum;
}
