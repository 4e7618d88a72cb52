// center_loss: the distance of features from the center of their class, and its gradient.
//
//   loss       = 1/2 sum_i w_i |f_i - c_{y_i}|^2;    pull_i = w_i (f_i - c_{y_i}) = d loss / d f_i
//   learned    w_i = s / N              (Wen et al., ECCV 2016, eq. 2, has w_i = 1: a sum over the batch)
//   released   w_i = s / (N n_{y_i})    n_j = number of rows of class j in the whole batch, whose labels are allLabels;
//                                       with gradient accumulation the N rows are a part of it
//   s          a constant; K / D makes lambda independent of the width D of the features
//
// A label outside 0 .. K - 1 is never used as an index: it makes the loss NaN.
//
// Layouts   features, pull: [N, D]. labels: u32 [N]. allLabels: u32 [M]. centers: [K, D]. share: [N] = w. loss: [1].
// A thread  There is one workgroup. One thread computes w of every 256th row, then sums every 256th element; the first
//           thread adds the 256 sums in order.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/reference/ops/center-loss.ts

override RELEASED: bool = false;

struct Params { rows: u32, width: u32, classes: u32, nan: u32, scale: f32, allRows: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> features: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> centers: array<f32>;
@group(0) @binding(4) var<storage, read_write> share: array<f32>;
@group(0) @binding(5) var<storage, read_write> pull: array<f32>;
@group(0) @binding(6) var<storage, read_write> loss: array<f32>;
@group(0) @binding(7) var<storage, read> allLabels: array<u32>;

var<workgroup> sums: array<f32, 256>;

fn weightOf(row: u32) -> f32 {
  let label = labels[row];
  if (label >= params.classes) { return bitcast<f32>(params.nan); }
  var members = 1u;
  if (RELEASED) {
    members = 0u;
    for (var other = 0u; other < params.allRows; other++) { members += select(0u, 1u, allLabels[other] == label); }
  }
  return params.scale / (f32(params.rows) * f32(members));
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  for (var row = thread; row < params.rows; row += 256u) { share[row] = weightOf(row); }
  storageBarrier();
  var sum = 0.0;
  for (var i = thread; i < params.rows * params.width; i += 256u) {
    let row = i / params.width;
    let label = min(labels[row], params.classes - 1u);
    let away = features[i] - centers[label * params.width + i % params.width];
    let weighted = share[row] * away;
    pull[i] = weighted;
    sum += weighted * away;
  }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < 256u; other++) { sum += sums[other]; }
  loss[0] = 0.5 * sum;
}
