// cross_entropy: softmax cross-entropy of a batch, in one dispatch.
//
//   logp[n, k] = z[n, k] - m_n - log sum_j exp(z[n, j] - m_n),   m_n = max over k of z[n, k]
//   q[n, k]    = (1 - smoothing) t[n, k] + smoothing / K         t = one-hot label, or a distribution
//   l[n]       = - sum_k w[k] q[n, k] logp[n, k]                 0 if label_n is the ignored label
//   REDUCTION  0 none: loss[n] = l[n];   1 sum: loss = sum_n l[n];   2 mean: loss = sum_n l[n] / D
//   D          = sum of w[label_n] over the labels that are not ignored; N for distributions; or `divisor` (DIVIDED)
//   (torch.nn.functional.cross_entropy)
//
// A label outside 0 .. K - 1 that is not the ignored one is never used as an index: it makes the loss NaN. A row with
// a NaN or without a finite maximum has the loss NaN, unless its label is ignored. Both are detected by bits, because
// exp, log and max need not propagate a NaN.
//
// Layouts   logits: [N, K]. wanted: u32 [N], or the bits of f32 [N, K] (SOFT). weights: [K] (WEIGHTED).
//           divisor: [1] (DIVIDED). loss: [N] without reduction, otherwise [1]. scale: [1], for the gradient: 1 / D for
//           mean, otherwise 1; NaN for mean and sum if a label is out of range.
// A thread  One thread computes every 64th row. With a reduction there is one workgroup, whose first thread adds the 64
//           sums in order.
// Bytes     Reads 4 bytes per logit (three times, from cache) and the target.
// Reference tests/reference/ops/cross-entropy.ts

override SOFT: bool = false;
override WEIGHTED: bool = false;
override DIVIDED: bool = false;
override REDUCTION: u32 = 2u;

struct Params { rows: u32, classes: u32, smoothing: f32, ignored: u32, nan: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> wanted: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> divisor: array<f32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
@group(0) @binding(6) var<storage, read_write> scale: array<f32>;

var<workgroup> sums: array<vec2f, 64>; // loss and D of a thread's rows

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

fn isInfinite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7fffffffu) == 0x7f800000u; }

fn weightOf(k: u32) -> f32 {
  if (WEIGHTED) { return weights[k]; }
  return 1.0;
}

// w[k] q[row, k]
fn coefficient(row: u32, k: u32) -> f32 {
  var t = 0.0;
  if (SOFT) {
    t = bitcast<f32>(wanted[row * params.classes + k]);
  } else {
    t = select(0.0, 1.0, wanted[row] == k);
  }
  return weightOf(k) * (t * (1.0 - params.smoothing) + params.smoothing / f32(params.classes));
}

// l[row], NaN if the label is out of range
fn lossOf(row: u32) -> f32 {
  if (!SOFT && wanted[row] == params.ignored) { return 0.0; }
  if (!SOFT && wanted[row] >= params.classes) { return bitcast<f32>(params.nan); }
  let first = row * params.classes;
  var largest = logits[first];
  for (var k = 1u; k < params.classes; k++) { largest = max(largest, logits[first + k]); }
  var total = 0.0;
  var isBad = isInfinite(largest);
  // in parts, because each addition to a long sum rounds it
  for (var begin = 0u; begin < params.classes; begin += 512u) {
    var part = 0.0;
    let end = min(begin + 512u, params.classes);
    for (var k = begin; k < end; k++) {
      let value = logits[first + k];
      part += exp(value - largest);
      isBad = isBad || isNan(value);
    }
    total += part;
  }
  let logTotal = log(total);
  var sum = 0.0;
  for (var begin = 0u; begin < params.classes; begin += 512u) {
    var part = 0.0;
    let end = min(begin + 512u, params.classes);
    for (var k = begin; k < end; k++) {
      // without smoothing only the term of the label counts: a masked logit of -infinity elsewhere adds nothing
      if (!SOFT && params.smoothing == 0.0 && wanted[row] != k) { continue; }
      let share = coefficient(row, k);
      isBad = isBad || isNan(share) || (share == 0.0 && isInfinite(logits[first + k]));
      part -= share * (logits[first + k] - largest - logTotal);
    }
    sum += part;
  }
  if (isBad) { return bitcast<f32>(params.nan); }
  return sum;
}

// contribution of the row to D
fn divisorOf(row: u32) -> f32 {
  if (SOFT) { return 1.0; }
  if (wanted[row] == params.ignored) { return 0.0; }
  if (wanted[row] >= params.classes) { return bitcast<f32>(params.nan); }
  return weightOf(wanted[row]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (REDUCTION == 0u) {
    let row = id.x + id.y * groups.x * 64u;
    if (row < params.rows) { loss[row] = lossOf(row); }
    if (row == 0u) { scale[0] = 1.0; }
    return;
  }
  var sum = vec2f(0.0);
  for (var row = thread; row < params.rows; row += 64u) { sum += vec2f(lossOf(row), divisorOf(row)); }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < 64u; other++) { sum += sums[other]; }
  if (REDUCTION == 1u) {
    loss[0] = sum.x;
    scale[0] = select(1.0, bitcast<f32>(params.nan), isNan(sum.y));
    return;
  }
  var d = sum.y;
  if (DIVIDED && !isNan(d)) { d = divisor[0]; }
  // 0 / 0: there is nothing to average
  loss[0] = select(sum.x / d, bitcast<f32>(params.nan), d == 0.0 && sum.x == 0.0);
  scale[0] = 1.0 / d;
}
