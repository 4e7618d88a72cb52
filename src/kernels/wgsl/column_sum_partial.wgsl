// column_sum_partial: column sums of a matrix, split into chunks of rows.
//
//   partial[chunk, c] = sum of x[r, c] over the chunk's rows r
//
// This is the gradient of a bias: x is dy, rows = N * H * W; sum_partials.wgsl adds the chunks.
//
// Layouts   x: [rows, columns]. partial: [chunks, columns]. Columns are read as Vecs (columns4 = columns / 4).
// A thread  One thread sums one Vec of columns over its chunk; neighboring threads read neighboring columns.
// Bytes     4 * (rows + chunks) * columns.
// Reference tests/reference/tape/convolution.ts

// The host replaces Vec by f32 if the number of channels is not a multiple of four.
alias Vec = vec4<f32>;

struct Params {
  rows: u32,
  columns4: u32,
  chunkRows: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> partial: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let column4 = i % params.columns4;
  let chunk = i / params.columns4;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  var sum = Vec(0.0);
  for (var row = chunk * params.chunkRows; row < end; row++) {
    sum += x[row * params.columns4 + column4];
  }
  partial[i] = sum;
}
