// column_sum_group: column sums of one or more matrices, by one workgroup per four Vecs of columns; for GPUs.
//
//   y[m, c] = scale * sum over r of x[m, r, c]
//
// It adds the partial sums of other kernels, and, with scale = 1 / rows, the pixels of a global average pool.
//
// Layouts   x: [matrices, rows, columns]. y: [matrices, columns]. Columns are read as Vecs (columns4 of them).
// A thread  A workgroup of ACROSS * DOWN threads sums ACROSS Vecs of columns. Each thread sums every DOWN-th
//           row of one Vec. Then half of the threads add the sums of the other half through workgroup memory, then a
//           quarter, until one is left per Vec. The order depends only on the shape.
// Bytes     4 * matrices * (rows + 1) * columns.
// Reference tests/reference/ops/reduce.ts

// The host replaces Vec by f32 if the number of columns is not a multiple of four.
alias Vec = vec4<f32>;
const ACROSS = 4u;
const DOWN = 64u;

struct Params { rows: u32, columns4: u32, scale: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;

var<workgroup> sums: array<Vec, ACROSS * DOWN>; // [row, column]

@compute @workgroup_size(ACROSS, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // workgroup x: Vecs of columns; y: matrices. Columns past the last one repeat it and are not stored, because
  // all threads must reach the barriers.
  let column = group.x * ACROSS + thread.x;
  let column4 = min(column, params.columns4 - 1u);
  var sum = Vec(0.0);
  for (var row = thread.y; row < params.rows; row += DOWN) {
    sum += x[(group.y * params.rows + row) * params.columns4 + column4];
  }
  for (var half = DOWN / 2u; half > 0u; half /= 2u) {
    sums[index] = sum;
    workgroupBarrier();
    if (thread.y < half) { sum += sums[index + half * ACROSS]; }
    workgroupBarrier();
  }
  if (thread.y == 0u && column < params.columns4) {
    y[group.y * params.columns4 + column] = params.scale * sum;
  }
}
