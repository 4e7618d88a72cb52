// matmul_tn_partial_vec4: matrix product with the first operand transposed, split into chunks of rows.
//
//   partial[chunk] = x[chunk's rows]^T * dy[chunk's rows]
//
// This is the gradient of a pointwise convolution, y = x * w, with respect to its weight; sum_partials.wgsl adds the
// chunks. The result is small and the sum over rows is long, so the rows are split to give the device enough threads.
// The order of addition is fixed, so results are identical bit for bit.
//
// Layouts   x: [rows, inner]. dy: [rows, columns]. partial: [chunks, inner, columns]. rows = N * H * W; inner and columns
//           are multiples of four (inner4, columns4: a quarter of them).
// A thread  One thread computes 8 (inner) x 8 (columns) results over its chunk: each row costs 4 vec4 loads for 16 vec4
//           multiply-adds.
// Bytes     4 * (rows * inner + rows * columns + chunks * inner * columns).
// Reference tests/reference/tape/convolution.ts
struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  chunkRows: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = (chunk * tilesDown + tileDown) * tilesAcross + tileAcross
  let across = (params.columns4 + 1u) / 2u;
  let down = (params.inner4 + 1u) / 2u;
  let column = i % across * 2u;
  let k = i / across % down * 2u;
  let chunk = i / (across * down);
  // past the edge the last vec4 is repeated and not stored
  let column1 = min(column + 1u, params.columns4 - 1u);
  let k1 = min(k + 1u, params.inner4 - 1u);

  var left: array<vec4f, 8>;
  var right: array<vec4f, 8>;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  for (var row = chunk * params.chunkRows; row < end; row++) {
    let a = x[row * params.inner4 + k];
    let b = x[row * params.inner4 + k1];
    let gl = dy[row * params.columns4 + column];
    let gr = dy[row * params.columns4 + column1];
    for (var r = 0u; r < 4u; r++) {
      left[r] += a[r] * gl;
      right[r] += a[r] * gr;
      left[r + 4u] += b[r] * gl;
      right[r + 4u] += b[r] * gr;
    }
  }

  let n = params.columns4;
  for (var r = 0u; r < 8u; r++) {
    if (r < 4u || k1 != k) {
      let at = ((chunk * params.inner4 + k) * 4u + r) * n + column;
      partial[at] = left[r];
      if (column + 1u < n) { partial[at + 1u] = right[r]; }
    }
  }
}
