// move_centers: class centers follow the features of their class.
//
//   c_j = c_j - alpha * sum over i with y_i = j of (c_j - f_i) / (1 + n_j)   (Wen et al., ECCV 2016, eq. 4)
//
// A center that would not be finite stays where it was.
//
// Layouts   centers: [K, D], changed in place. features: [N, D]. labels: u32 [N].
// A thread  moves one element of one center, rows in order: the same bits every time.
// Bytes     reads 4 an element of the features, reads and writes 4 an element of the centers.

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
  // an exponent of all ones is an infinity or NaN
  if ((bitcast<u32>(moved) & 0x7f800000u) != 0x7f800000u) { centers[i] = moved; }
}
