// accumulate: y += x, elementwise. Gradients that meet at one tensor are added here.
//
//   y[i] = y[i] + x[i]
//
// Layouts   x, y: any shape, seen as a flat list of `count` Lanes (four floats a Lane).
// A thread  adds one Lane.
// Bytes     reads 8, writes 4 an element.

alias Lane = vec4<f32>; // f32 where the element count is not a multiple of four

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  y[i] = y[i] + x[i];
}
