// where: selects one of two elements by a condition.
//
//   y[i] = condition[i] != 0 ? a[i] : b[i]
//
// Its gradient is the same kernel, with dy and 0 for a and b.
//
// Layouts   condition: u32; a, b, y: 32-bit words of one type. Inputs are flat lists as long as y,
//           or one element each (their step 0 instead of 1).
// A thread  One thread computes one element.
// Bytes     Reads up to 8 and writes 4 bytes per element.
// Reference tests/reference/ops/binary.ts

struct Params { count: u32, conditionStep: u32, aStep: u32, bStep: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> condition: array<u32>;
@group(0) @binding(2) var<storage, read> a: array<u32>;
@group(0) @binding(3) var<storage, read> b: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  if (condition[i * params.conditionStep] != 0u) {
    y[i] = a[i * params.aStep];
  } else {
    y[i] = b[i * params.bStep];
  }
}
