// move_centers: moves each class center towards the features of its class.
//
//   c_j = c_j - alpha * sum over i with y_i = j of (c_j - f_i) / (1 + n_j)   (Wen et al., ECCV 2016, eq. 4)
//
// A center that would become non-finite is left unchanged.
//
// Layouts   centers: [K, D], updated in place. features: [N, D]. labels: u32 [N].
// A thread  One thread updates one element of one center over the rows in order, so results are identical bit for bit.
// Bytes     Reads 4 bytes per element of the features, reads and writes 4 per element of the centers.
// Reference tests/reference/ops/center-loss.ts

struct Params { rows: u32, width: u32, count: u32, alpha: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> features: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> centers: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let class_ = i / params.width;
  let column = i % params.width;
  let center = centers[i];
  var sum = 0.0;
  var members = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    if (labels[row] == class_) {
      sum += center - features[row * params.width + column];
      members += 1.0;
    }
  }
  let moved = center - params.alpha * sum / (1.0 + members);
  // Infinity and NaN have an exponent of all ones.
  if ((bitcast<u32>(moved) & 0x7f800000u) != 0x7f800000u) { centers[i] = moved; }
}
