// gather_rows_grad: the gradient of a table from the gradients of the rows gathered from it.
//
//   dtable[v, k] = sum over n with indices[n] = v of dy[n, k]
//
// Scattering dy would need float atomics, whose order of addition changes from run to run. Instead each element of the
// table scans all indices: n reads per element, always in the same order.
//
// Layouts   indices: [n] u32; dy: [n, width]; dtable: [rows, width].
// A thread  One thread computes one element of dtable.
// Bytes     Reads 4 n bytes per element of dtable (from cache: all threads read the same list), and dy once.
// Reference tests/reference/ops/shape.ts

struct Params { indexCount: u32, width: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dtable: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let row = i / params.width;
  let column = i % params.width;
  var sum = 0.0;
  for (var n = 0u; n < params.indexCount; n++) {
    if (indices[n] == row) { sum += dy[n * params.width + column]; }
  }
  dtable[i] = sum;
}
