// cross_entropy_grad: the gradient of cross_entropy.wgsl by the logits.
//
//   dz[n, k] = dloss / D * (softmax(z)[n, k] * sum_j w[j] q[n, j] - w[k] q[n, k])
//
// Layouts   logits, dlogits: [N, K]. wanted: u32 [N], or the bits of f32 [N, K] (SOFT). weights: [K]
//           (WEIGHTED). dloss: [1]; scale: [1] = 1 / D, or NaN with the loss.
// A thread  makes one row.
// Bytes     reads 4 a logit (three times, from cache) and the target, writes 4 a logit.

override SOFT: bool = false;
override WEIGHTED: bool = false;

struct Params { rows: u32, classes: u32, smoothing: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> wanted: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> scale: array<f32>;
@group(0) @binding(5) var<storage, read> dloss: array<f32>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;

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
  for (var k = 0u; k < params.classes; k++) {
    total += exp(logits[first + k] - largest);
    shares += coefficient(row, k);
  }
  let g = dloss[0] * scale[0];
  for (var k = 0u; k < params.classes; k++) {
    let probability = exp(logits[first + k] - largest) / total;
    dlogits[first + k] = g * (probability * shares - coefficient(row, k));
  }
}
