// tree_sum: a workgroup adds its numbers as a tree in workgroup memory. A second dispatch adds the results.
//
//   y[group] = sum over i of x[i], i = group * 256 + t + k * 256 * groups
//
// Layouts   x: [count]. y: [groups].
// A thread  One thread adds every (256 * groups)-th number, then, in each of eight rounds, the number of a
//           neighbor 128, 64, ... 1 places away.
// Bytes     Reads 4 bytes per number.

const SIZE = 256u;

struct Params { count: u32, groups: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> part: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let t = local.x;
  var sum = 0.0;
  for (var i = group.x * SIZE + t; i < params.count; i += SIZE * params.groups) { sum += x[i]; }
  part[t] = sum;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (t < half) { part[t] += part[t + half]; }
    workgroupBarrier();
  }
  if (t == 0u) { y[group.x] = part[0]; }
}
