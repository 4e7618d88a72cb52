// One workgroup of 64 computes y[i] += 1, which is almost no work, to measure the cost of a dispatch.
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] += 1.0;
}
