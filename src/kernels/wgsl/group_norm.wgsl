// group_norm: normalizes each group of values by its own mean and variance; also layer norm, with one group per row.
//
//   y[n, s, g, k] = (x[n, s, g, k] - mean[n, g]) / sqrt(variance[n, g] + eps) * weight[g, k] + bias[g, k]
//   with the mean and the biased variance over s and k
//
// Sums are those of x - pivot, with the group's first value as the pivot, so that a mean that is large relative to the
// deviation does not cost precision. The variance is the sum of the squared distances from the mean, in a second pass,
// minus the error that comes from rounding that mean. The mean is stored relative to the pivot for the same reason.
//
// Layouts   x, y: [N, spatial, groups, K], K read as Vecs (width4 = K / 4). weight, bias: [groups, K], read only if
//           HAS_WEIGHT and HAS_BIAS. statistics: [N, groups] of (mean - pivot, 1 / sqrt(variance + eps)).
// A thread  LANES threads process one group in three passes; each thread reads every LANES-th Vec. LANES is 64 (one
//           workgroup per group), or 1 if there are many short groups.
// Bytes     Reads x three times (twice from cache), writes 4 bytes per value.
// Reference tests/reference/ops/group-norm.ts

// The host replaces Vec by f32 and WIDTH by 1 if K is not a multiple of four.
alias Vec = vec4<f32>;
const WIDTH = 4u;
const LANES = 64u; // threads per group: 64 or 1
override HAS_WEIGHT: bool = true;
override HAS_BIAS: bool = true;

struct Params { spatial: u32, groups: u32, width4: u32, count: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
@group(0) @binding(3) var<storage, read> bias: array<Vec>;
@group(0) @binding(4) var<storage, read_write> y: array<Vec>;
@group(0) @binding(5) var<storage, read_write> statistics: array<vec2f>;

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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let thread = id.x + id.y * workgroups.x * 64u;
  let lane = thread % LANES;
  // no thread returns early, since barriers need all of them; those without a group repeat the last one
  let row = min(thread / LANES, params.count - 1u); // n * groups + g
  let length = params.spatial * params.width4;
  let size = f32(length * WIDTH);
  let pivot = vec4<f32>(x[placeOf(row, 0u)]).x;

  var sum = Vec(0.0);
  for (var j = lane; j < length; j += LANES) { sum += x[placeOf(row, j)] - Vec(pivot); }
  let middle = sumOf(lane, vec2f(total(sum), 0.0)).x / size;
  sum = Vec(0.0);
  var squares = Vec(0.0);
  for (var j = lane; j < length; j += LANES) {
    let distance = x[placeOf(row, j)] - Vec(pivot) - Vec(middle);
    sum += distance;
    squares += distance * distance;
  }
  let sums = sumOf(lane, vec2f(total(sum), total(squares))) / size;
  let mean = middle + sums.x;
  let scale = 1.0 / sqrt(sums.y - sums.x * sums.x + params.eps);
  if (thread / LANES >= params.count) { return; }
  if (lane == 0u) { statistics[row] = vec2f(mean, scale); }

  for (var j = lane; j < length; j += LANES) {
    let at = placeOf(row, j);
    let channel4 = row % params.groups * params.width4 + j % params.width4;
    var value = (x[at] - Vec(pivot) - Vec(mean)) * scale;
    if (HAS_WEIGHT) { value *= weight[channel4]; }
    if (HAS_BIAS) { value += bias[channel4]; }
    y[at] = value;
  }
}
