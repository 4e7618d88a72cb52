// cross_entropy_grad: the gradient of cross_entropy.wgsl with respect to the logits.
//
//   dz[n, k] = dl[n] * (softmax(z)[n, k] * sum_j w[j] q[n, j] - w[k] q[n, k])      0 if label_n is the ignored label
//   dl[n]    = dloss[n] without reduction, dloss for sum, dloss / D for mean
//
// The gradient of a row with a NaN, without a finite maximum or with a label out of range is NaN, as in PyTorch.
//
// Layouts   logits, dlogits: [N, K]. wanted: u32 [N], or the bits of f32 [N, K] (SOFT). weights: [K]
//           (WEIGHTED). dloss: [N] (BY_ROW) or [1]; scale: [1], from cross_entropy.wgsl.
// A thread  One thread computes one row.
// Bytes     Reads 4 bytes per logit (three times, from cache) and the target, writes 4 bytes per logit.
// Reference tests/reference/tape/loss.ts

override SOFT: bool = false;
override WEIGHTED: bool = false;
override BY_ROW: bool = false;

struct Params { rows: u32, classes: u32, smoothing: f32, ignored: u32, nan: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> wanted: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> scale: array<f32>;
@group(0) @binding(5) var<storage, read> dloss: array<f32>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

fn isInfinite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7fffffffu) == 0x7f800000u; }

// w[k] q[row, k]
fn coefficient(row: u32, k: u32) -> f32 {
  var t = 0.0;
  if (SOFT) {
    t = bitcast<f32>(wanted[row * params.classes + k]);
  } else {
    t = select(0.0, 1.0, wanted[row] == k);
  }
  let share = t * (1.0 - params.smoothing) + params.smoothing / f32(params.classes);
  if (WEIGHTED) { return weights[k] * share; }
  return share;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= params.rows) { return; }
  let first = row * params.classes;
  var largest = logits[first];
  for (var k = 1u; k < params.classes; k++) { largest = max(largest, logits[first + k]); }
  var total = 0.0;
  var shares = 0.0;
  var isBad = isInfinite(largest);
  // in parts, because each addition to a long sum rounds it
  for (var begin = 0u; begin < params.classes; begin += 512u) {
    var part = vec2f(0.0);
    let end = min(begin + 512u, params.classes);
    for (var k = begin; k < end; k++) {
      part += vec2f(exp(logits[first + k] - largest), coefficient(row, k));
      isBad = isBad || isNan(logits[first + k]);
    }
    total += part.x;
    shares += part.y;
  }
  let isIgnored = !SOFT && wanted[row] == params.ignored;
  if (!SOFT && !isIgnored && wanted[row] >= params.classes) { isBad = true; }
  let g = dloss[select(0u, row, BY_ROW)] * scale[0];
  for (var k = 0u; k < params.classes; k++) {
    let probability = exp(logits[first + k] - largest) / total;
    var d = g * (probability * shares - coefficient(row, k));
    if (isIgnored) { d = 0.0; }
    if (isBad) { d = bitcast<f32>(params.nan); }
    dlogits[first + k] = d;
  }
}
