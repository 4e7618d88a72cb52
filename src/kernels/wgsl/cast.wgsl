// cast: numbers of one type as numbers of another.
//
//   y[i] = To(x[i])      f32 to integer drops the fraction
//
// Layouts   x, y: any shape, flat.
// A thread  converts one number.
// Bytes     reads 4 and writes 4 an element, 2 where it is f16.

alias From = f32; // or u32, i32, f16
alias To = u32; // or f32, i32, f16

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<From>;
@group(0) @binding(2) var<storage, read_write> y: array<To>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  y[i] = To(x[i]);
}
