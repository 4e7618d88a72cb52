// group_norm_grad: the gradient of group_norm.wgsl with respect to its input, and the terms of the gradient of the weight.
//
//   dx = scale (dz - mean(dz) - xhat mean(dz xhat)), with dz = dy weight, means over the group and
//   xhat = (x - mean) / sqrt(variance + eps)
//   terms = dy xhat, whose sums over n and s are the gradient of the weight
//
// Layouts   x, dy, dx, terms: [N, spatial, groups, K], K read as Vecs (width4 = K / 4). weight: [groups, K], read only if
//           HAS_WEIGHT. statistics: as group_norm.wgsl writes them. `terms` is written only if HAS_TERMS.
// A thread  LANES threads handle one group, each of them every LANES-th Vec, in two passes, as in group_norm.wgsl.
// Bytes     Reads x and dy twice (once from cache), writes 4 or 8 bytes per value.
// Reference tests/reference/ops/group-norm.ts

// The host replaces Vec by f32 and WIDTH by 1 if K is not a multiple of four.
alias Vec = vec4<f32>;
const WIDTH = 4u;
const LANES = 64u; // threads per group: 64 or 1
override HAS_WEIGHT: bool = true;
override HAS_TERMS: bool = true;

struct Params { spatial: u32, groups: u32, width4: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read> weight: array<Vec>;
@group(0) @binding(4) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> dx: array<Vec>;
@group(0) @binding(6) var<storage, read_write> terms: array<Vec>;

var<workgroup> partials: array<vec2f, 64>;

// The sum of a Vec's components (vec4<f32>(v) repeats a single f32 and copies a vec4).
fn total(value: Vec) -> f32 {
  let four = vec4<f32>(value);
  return select(four.x, four.x + four.y + four.z + four.w, WIDTH == 4u);
}

// The sum over the threads of a group, as a tree.
fn sumOf(lane: u32, value: vec2f) -> vec2f {
  if (LANES == 1u) { return value; }
  workgroupBarrier();
  partials[lane] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partials[lane] += partials[lane + half]; }
  }
  workgroupBarrier();
  return partials[0];
}

// Returns the index of a group's Vec in x.
fn placeOf(row: u32, j: u32) -> u32 {
  let pixel = row / params.groups * params.spatial + j / params.width4;
  return (pixel * params.groups + row % params.groups) * params.width4 + j % params.width4;
}

fn weighted(g: Vec, row: u32, j: u32) -> Vec {
  if (!HAS_WEIGHT) { return g; }
  return g * weight[row % params.groups * params.width4 + j % params.width4];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let thread = id.x + id.y * workgroups.x * 64u;
  let lane = thread % LANES;
  // no thread returns early, since barriers need all of them; those without a group repeat the last one
  let row = min(thread / LANES, params.count - 1u); // n * groups + g
  let length = params.spatial * params.width4;
  let pivot = vec4<f32>(x[placeOf(row, 0u)]).x;
  let mean = statistics[row].x; // relative to the pivot
  let scale = statistics[row].y;

  var sum = Vec(0.0);
  var product = Vec(0.0);
  for (var j = lane; j < length; j += LANES) {
    let at = placeOf(row, j);
    let dz = weighted(dy[at], row, j);
    sum += dz;
    product += dz * ((x[at] - Vec(pivot) - Vec(mean)) * scale);
  }
  let means = sumOf(lane, vec2f(total(sum), total(product))) / f32(length * WIDTH);
  if (thread / LANES >= params.count) { return; }
  for (var j = lane; j < length; j += LANES) {
    let at = placeOf(row, j);
    let normal = (x[at] - Vec(pivot) - Vec(mean)) * scale;
    dx[at] = scale * (weighted(dy[at], row, j) - Vec(means.x) - normal * means.y);
    if (HAS_TERMS) { terms[at] = dy[at] * normal; }
  }
}
