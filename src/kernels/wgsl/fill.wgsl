// fill: sets every element to one value.
//
//   y[i] = value
//
// Layouts   y: any shape, read as a flat list of 32-bit words; `bits` is the bit pattern of the value, so
//           one kernel serves f32, u32 and i32.
// A thread  One thread writes one word.
// Bytes     Writes 4 bytes per element.
// Reference tests/tensor/create.test.ts

struct Params { count: u32, bits: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  y[i] = params.bits;
}
