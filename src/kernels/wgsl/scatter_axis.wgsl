// scatter_axis: adds up the elements along one axis that have the same index.
//
//   y[o, v, i] = sum over l with indices[o, l, i] = v of x[o, l, i], in the order of l
//
// Adding with atomics would change the order of addition from run to run. Instead each element of y scans the indices of
// its line. An index that is not below `length` makes the whole line NaN.
//
// Layouts   x, indices: [outer, indexLength, inner]; y: [outer, length, inner].
// A thread  One thread computes one element of y.
// Bytes     Reads 4 indexLength bytes per element of y (from cache), and x once.
// Reference tests/reference/ops/scan.ts

struct Params { length: u32, inner: u32, indexLength: u32, count: u32, nan: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let place = (i / params.inner) % params.length;
  let outer = i / (params.inner * params.length);
  let base = outer * params.indexLength * params.inner + i % params.inner;
  var sum = 0.0;
  var isBad = false;
  for (var l = 0u; l < params.indexLength; l++) {
    let index = indices[base + l * params.inner];
    if (index == place) { sum += x[base + l * params.inner]; }
    isBad = isBad || index >= params.length;
  }
  if (isBad) { sum = bitcast<f32>(params.nan); }
  y[i] = sum;
}
