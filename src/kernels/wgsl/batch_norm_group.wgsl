// batch_norm_group: batch norm of a training step in one dispatch: statistics, running statistics, normalization,
// activation and residual.
//
//   y = act(gamma * (x - mean) * rstd + beta) [+ residual];   rstd = 1 / sqrt(m2 / rows + eps)   (Ioffe & Szegedy, ICML 2015)
//   running = (1 - momentum) running + momentum * batch       (keeps the unbiased variance, as PyTorch does)
//
// Mean and m2, the sum of squared deviations, are those of batch_norm_moments.wgsl (Welford 1962) for the rows of one thread,
// merged as in batch_norm_statistics.wgsl (Chan et al. 1979). A batch whose statistics are not finite leaves the running
// statistics unchanged.
//
// Layouts   x, y, residual: [rows, C], channels last. statistics: [2, C]: mean, rstd, for the backward pass. gamma, beta,
//           runningMean, runningVariance: [C].
// A thread  A workgroup processes `across` Vecs of channels, with down = THREADS / across threads per Vec. Each thread
//           reduces every down-th row of one Vec. Then half of the threads merge the moments of the other half through
//           workgroup memory, then a quarter, until one is left per Vec. Then each thread normalizes its rows. The order
//           of addition depends only on the sizes.
// Bytes     Reads 8 bytes per value (4 of them again, usually from a cache) and writes 4.
// Reference tests/reference/ops/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

const THREADS = 8u; // per workgroup, a power of two
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override RESIDUAL: u32 = 0u;

struct Params {
  rows: u32,
  channels4: u32,
  across: u32, // a power of two, at most THREADS
  eps: f32,
  momentum: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> statistics: array<Vec>;
@group(0) @binding(3) var<storage, read> gamma: array<Vec>;
@group(0) @binding(4) var<storage, read> beta: array<Vec>;
@group(0) @binding(5) var<storage, read_write> y: array<Vec>;
@group(0) @binding(6) var<storage, read> residual: array<Vec>;
@group(0) @binding(7) var<storage, read_write> runningMean: array<Vec>;
@group(0) @binding(8) var<storage, read_write> runningVariance: array<Vec>;

// [row, channel]
var<workgroup> means: array<Vec, THREADS>;
var<workgroup> squares: array<Vec, THREADS>;
var<workgroup> counts: array<f32, THREADS>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
// Infinity and NaN have an exponent of all ones.
fn isFinite(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7f800000u)) != Bits(0x7f800000u); }
// Cheaper than clamp on adapters whose clamp checks for NaN.
fn clip(v: Vec, low: Vec, high: Vec) -> Vec { return select(select(v, high, v > high), low, v < low); }
fn hardSigmoid(v: Vec) -> Vec { return clip(v * (1.0 / 6.0) + Vec(0.5), Vec(0.0), Vec(1.0)); }

fn activate(v: Vec) -> Vec {
  switch ACTIVATION {
    case 1u: { return select(clip(v, Vec(0.0), v), v, isNan(v)); }
    case 2u: { return select(clip(v, Vec(0.0), Vec(6.0)), v, isNan(v)); }
    case 3u: { return v * hardSigmoid(v); } // NaN times any number is NaN
    case 4u: { return select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v)); }
    case 5u: { return select(hardSigmoid(v), v, isNan(v)); }
    case 6u: { return select(v / (Vec(1.0) + exp(-v)), v, isNan(v)); }
    default: { return v; }
  }
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let down = THREADS / params.across;
  let first = thread / params.across;
  let left = thread % params.across;
  // channels past the last one repeat it and are not stored, because all threads must reach the barriers
  let column = group.x * params.across + left;
  let channel4 = min(column, params.channels4 - 1u);

  // differences from one row are small, so a mean that is large compared with the standard deviation is rounded once
  let pivot = x[channel4];
  var mean = Vec(0.0);
  var m2 = Vec(0.0);
  var n = 0.0;
  for (var row = first; row < params.rows; row += down) {
    n += 1.0;
    let value = x[row * params.channels4 + channel4] - pivot;
    let d = value - mean;
    mean += d * (1.0 / n);
    m2 += d * (value - mean);
  }
  for (var half = down / 2u; half > 0u; half /= 2u) {
    means[thread] = mean;
    squares[thread] = m2;
    counts[thread] = n;
    workgroupBarrier();
    if (first < half) {
      let other = thread + half * params.across;
      let more = counts[other];
      let d = means[other] - mean;
      let total = max(n + more, 1.0);
      mean += d * (more / total);
      m2 += squares[other] + d * d * (n * more / total);
      n += more;
    }
    workgroupBarrier();
  }
  if (first == 0u) {
    means[thread] = mean + pivot;
    squares[thread] = m2;
  }
  workgroupBarrier();
  mean = means[left];
  m2 = squares[left];
  if (column >= params.channels4) { return; }

  let rstd = Vec(1.0) / sqrt(m2 / f32(params.rows) + Vec(params.eps));
  let factor = gamma[channel4] * rstd;
  let shift = beta[channel4];
  for (var row = first; row < params.rows; row += down) {
    let at = row * params.channels4 + channel4;
    var value = activate(fma(x[at] - mean, factor, shift));
    if (RESIDUAL == 1u) { value += residual[at]; }
    y[at] = value;
  }
  if (first > 0u) { return; }
  statistics[channel4] = mean;
  statistics[params.channels4 + channel4] = rstd;
  let unbiased = m2 / max(f32(params.rows) - 1.0, 1.0);
  let m = params.momentum;
  let before = runningMean[channel4];
  let beforeVariance = runningVariance[channel4];
  let finite = isFinite(mean) & isFinite(unbiased);
  runningMean[channel4] = select(before, (1.0 - m) * before + m * mean, finite);
  runningVariance[channel4] = select(beforeVariance, (1.0 - m) * beforeVariance + m * unbiased, finite);
}
