// sum_subgroup: the sum of each row of a matrix, by one workgroup per row, with subgroupAdd; for GPUs with subgroups.
//
//   y[r] = sum over l of x[r, l]
//
// Layouts   x: [rows, length]; y: [rows].
// A thread  A workgroup of THREADS threads sums one row. Each thread adds every THREADS-th value, so neighboring threads read
//           neighboring addresses. A subgroup adds the sums of its lanes without workgroup memory, and its first lane writes
//           the result to the slot of its thread; the slots of other lanes are 0. Then 16 threads and at last one add the
//           slots in order: two barriers instead of the 16 of sum_group.wgsl, for any size of the subgroups. The order
//           depends on the length and on how the adapter forms subgroups, so it is the same in every run on an adapter.
// Bytes     Reads 4 bytes per element of x.
// Reference tests/reference/ops/reduce.ts
enable subgroups;

const THREADS = 256u;

struct Params { length: u32, rows: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> slots: array<f32, THREADS>;
var<workgroup> sums: array<f32, 16>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = group.x + group.y * groups.x; // uniform in a workgroup
  let first = min(row, params.rows - 1u) * params.length;
  var sum = 0.0;
  for (var l = index; l < params.length; l += THREADS) { sum += x[first + l]; }
  let total = subgroupAdd(sum); // all lanes take part
  slots[index] = select(0.0, total, lane == 0u);
  workgroupBarrier();
  if (index < 16u) {
    var part = 0.0;
    for (var i = 0u; i < THREADS / 16u; i++) { part += slots[index * (THREADS / 16u) + i]; }
    sums[index] = part;
  }
  workgroupBarrier();
  if (index == 0u && row < params.rows) {
    var all = 0.0;
    for (var i = 0u; i < 16u; i++) { all += sums[i]; }
    y[row] = all;
  }
}
