// sum_group: the sum of each row of a matrix, by one workgroup per row; for GPUs.
//
//   y[r] = sum over l of x[r, l]
//
// Layouts   x: [rows, length]; y: [rows].
// A thread  A workgroup of THREADS threads sums one row. Each thread adds every THREADS-th value, so neighboring threads read
//           neighboring addresses. Then half of the threads add the sums of the other half through workgroup memory, then a
//           quarter, until one is left. The order depends only on the length.
// Bytes     Reads 4 bytes per element of x.
// Reference tests/reference/ops/reduce.ts
const THREADS = 256u;

struct Params { length: u32, rows: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> sums: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let row = group.x + group.y * groups.x; // uniform in a workgroup
  let first = min(row, params.rows - 1u) * params.length;
  var sum = 0.0;
  for (var l = index; l < params.length; l += THREADS) { sum += x[first + l]; }
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    sums[index] = sum;
    workgroupBarrier();
    if (index < half) { sum += sums[index + half]; }
    workgroupBarrier();
  }
  if (index == 0u && row < params.rows) { y[row] = sum; }
}
