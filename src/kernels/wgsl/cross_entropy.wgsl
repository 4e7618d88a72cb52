// cross_entropy: mean softmax cross-entropy of a batch, in one dispatch.
//
//   logp[n, k] = z[n, k] - m_n - log sum_j exp(z[n, j] - m_n),   m_n = max over k of z[n, k]
//   q[n, k]    = (1 - smoothing) t[n, k] + smoothing / K         t = one-hot label, or a distribution
//   loss       = - sum_n sum_k w[k] q[n, k] logp[n, k] / D
//   D          = sum_n w[label_n] for labels, N for distributions    (torch.nn.functional.cross_entropy)
//
// A label outside 0 .. K - 1 reads no foreign memory: it makes the loss NaN. So does a row with a NaN or
// without a finite maximum, told by its bits because exp and log need not hand a NaN on.
//
// Layouts   logits: [N, K]. wanted: u32 [N], or the bits of f32 [N, K] (SOFT). weights: [K] (WEIGHTED).
//           loss: [1]. scale: [1] = 1 / D, for the gradient (NaN with the loss).
// A thread  of the one workgroup sums every 64th row; the first then adds the 64 sums in order.
// Bytes     reads 4 a logit (three times, from cache) and the target.

override SOFT: bool = false;
override WEIGHTED: bool = false;

struct Params { rows: u32, classes: u32, smoothing: f32, nan: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> wanted: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> scale: array<f32>;

var<workgroup> sums: array<vec2f, 64>; // loss and D of a thread's rows

fn isNan(value: f32) -> bool { return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u; }

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

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = vec2f(0.0);
  for (var row = thread; row < params.rows; row += 64u) {
    let first = row * params.classes;
    var largest = logits[first];
    for (var k = 1u; k < params.classes; k++) { largest = max(largest, logits[first + k]); }
    var total = 0.0;
    var isBad = isInfinite(largest);
    for (var k = 0u; k < params.classes; k++) {
      let value = logits[first + k];
      total += exp(value - largest);
      isBad = isBad || isNan(value);
    }
    let logTotal = log(total);
    for (var k = 0u; k < params.classes; k++) {
      let share = coefficient(row, k);
      // a masked logit of -infinity that nobody wants adds nothing
      if (share != 0.0) { sum.x -= share * (logits[first + k] - largest - logTotal); }
    }
    if (isBad || (!SOFT && wanted[row] >= params.classes)) {
      sum.y += bitcast<f32>(params.nan);
    } else if (SOFT) {
      sum.y += 1.0;
    } else {
      sum.y += weightOf(wanted[row]);
    }
  }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < 64u; other++) { sum += sums[other]; }
  loss[0] = sum.x / sum.y;
  scale[0] = 1.0 / sum.y;
}
