// accumulate: y += x, elementwise. Adds up the gradients of a tensor that has several uses.
//
//   y[i] = y[i] + x[i]
//
// Layouts   x, y: any shape, read as a flat list of `count` Vecs (a Vec is four floats).
// A thread  One thread adds one Vec.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/reference/ops/binary.ts

alias Vec = vec4<f32>; // f32 if the number of elements is not a multiple of four

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  y[i] = y[i] + x[i];
}
