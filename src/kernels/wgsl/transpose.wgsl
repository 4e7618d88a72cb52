// transpose: exchanges the rows and columns of a matrix.
//
//   y[c, r] = x[r, c]
//
// With it dx = dy * w^T, the gradient of a pointwise convolution with respect to its input, uses matmul_vec4.wgsl. The
// weight is small, and matmul_vec4 on the transposed weight measures twice as fast as dot products.
//
// Layouts   x: [rows, columns]. y: [columns, rows]. count = rows * columns.
// A thread  One thread copies one number; neighboring threads write neighboring addresses.
// Bytes     8 * rows * columns.
// Reference tests/reference/ops/shape.ts
struct Params {
  rows: u32,
  columns: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  y[i] = x[i % params.rows * params.columns + i / params.rows];
}
