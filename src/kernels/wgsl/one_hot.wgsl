// one_hot: converts class numbers to rows with a single 1.
//
//   y[n, k] = indices[n] = k ? 1 : 0        a row of zeros if indices[n] >= depth
//
// Layouts   indices: [n] u32; y: [n, depth] f32.
// A thread  One thread writes one element.
// Bytes     Writes 4 bytes per element, reads 4 per index.
// Reference tests/reference/ops/shape.ts

struct Params { depth: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  y[i] = select(0.0, 1.0, indices[i / params.depth] == i % params.depth);
}
