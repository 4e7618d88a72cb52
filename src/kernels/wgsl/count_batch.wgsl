// count_batch: counts a batch of a batch norm whose running statistics are averages over all batches.
//
//   batches = batches + momentum      momentum: 1, or 0 when a checkpoint computes the batch a second time
//
// Layouts   batches: [1], f32.
// A thread  Only one thread runs.
// Bytes     8.
// Reference tests/reference/ops/batch-norm.ts

struct Params { momentum: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> batches: array<f32>;

@compute @workgroup_size(1)
fn main() {
  batches[0] += params.momentum;
}
