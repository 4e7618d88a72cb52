// y = x, to measure bandwidth.
//
// One thread copies EACH vec4 and one workgroup 64 * EACH contiguous ones; neighboring threads copy neighboring vec4.
// It reads 16 and writes 16 bytes per vec4. The count is a multiple of 64 * EACH.
const EACH = 1u;

@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let first = (group.x + group.y * groups.x) * 64u * EACH + thread;
  for (var i = 0u; i < EACH; i++) {
    y[first + i * 64u] = x[first + i * 64u];
  }
}
