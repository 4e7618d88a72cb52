// gather_axis: copies elements along one axis by index.
//
//   y[o, l, i] = x[o, indices[o, l, i], i]        NaN if the index is not below `length`
//
// Layouts   x: [outer, length, inner] f32, copied as 32-bit words; indices, y: [outer, indexLength, inner].
// A thread  One thread copies one word.
// Bytes     Reads 8 and writes 4 bytes per element of y.
// Reference tests/reference/ops/scan.ts

struct Params { length: u32, inner: u32, indexLength: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let outer = i / (params.inner * params.indexLength);
  let at = indices[i];
  if (at < params.length) {
    y[i] = x[(outer * params.length + at) * params.inner + i % params.inner];
  } else {
    y[i] = 0x7fc00000u; // bits of a quiet NaN
  }
}
