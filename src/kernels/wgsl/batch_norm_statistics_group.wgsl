// batch_norm_statistics_group: merges the moments of many chunks and updates the running statistics, by one workgroup per
// four Vecs of channels; for GPUs.
//
//   two parts of n_a and n_b rows (Chan et al. 1979):  d = mean_b - mean_a
//     mean = mean_a + d n_b / n;   m2 = m2_a + m2_b + d^2 n_a n_b / n
//   means are merged as differences from the first chunk's mean, so that a large mean is rounded once
//   rstd = 1 / sqrt(m2 / rows + eps)                         (normalizes with the biased variance)
//   running = (1 - momentum) running + momentum * batch      (keeps the unbiased variance, as PyTorch does)
//
// A batch whose statistics are not finite leaves the running statistics unchanged.
//
// Layouts   partial: [2, chunks, C] from batch_norm_moments.wgsl. statistics: [2, C]: mean, rstd.
//           runningMean, runningVariance: [C].
// A thread  A workgroup of ACROSS * DOWN threads merges ACROSS Vecs of channels. Each thread merges every DOWN-th chunk of one
//           Vec. Then half of the threads merge the moments of the other half through workgroup memory, then a quarter,
//           until one is left per Vec. The order depends only on the number of chunks.
// Bytes     8 * chunks * C.
// Reference tests/reference/ops/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

const ACROSS = 4u;
const DOWN = 64u;

struct Params { rows: u32, channels4: u32, chunkRows: u32, chunks: u32, eps: f32, momentum: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Vec>;
@group(0) @binding(2) var<storage, read_write> statistics: array<Vec>;
@group(0) @binding(3) var<storage, read_write> runningMean: array<Vec>;
@group(0) @binding(4) var<storage, read_write> runningVariance: array<Vec>;

// [chunk, channel]
var<workgroup> means: array<Vec, ACROSS * DOWN>;
var<workgroup> squares: array<Vec, ACROSS * DOWN>;
var<workgroup> counts: array<f32, ACROSS * DOWN>;

// Infinity and NaN have an exponent of all ones.
fn isFinite(value: Vec) -> Flags {
  return (bitcast<Bits>(value) & Bits(0x7f800000u)) != Bits(0x7f800000u);
}

// Merges the moments of a part with `more` rows into those of `n` rows.
struct Moments { mean: Vec, m2: Vec, n: f32 }

fn merge(a: Moments, mean: Vec, m2: Vec, more: f32) -> Moments {
  if (more == 0.0) { return a; }
  let d = mean - a.mean;
  let total = a.n + more;
  return Moments(a.mean + d * (more / total), a.m2 + m2 + d * d * (a.n * more / total), total);
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // channels past the last one repeat it and are not stored, because all threads must reach the barriers
  let column = group.x * ACROSS + thread.x;
  let channel4 = min(column, params.channels4 - 1u);
  let all = params.chunks * params.channels4;
  let pivot = partial[channel4];
  var part = Moments(Vec(0.0), Vec(0.0), 0.0);
  for (var chunk = thread.y; chunk < params.chunks; chunk += DOWN) {
    let more = f32(min(params.chunkRows, params.rows - chunk * params.chunkRows));
    let at = chunk * params.channels4 + channel4;
    part = merge(part, partial[at] - pivot, partial[all + at], more);
  }
  for (var half = DOWN / 2u; half > 0u; half /= 2u) {
    means[index] = part.mean;
    squares[index] = part.m2;
    counts[index] = part.n;
    workgroupBarrier();
    if (thread.y < half) {
      let other = index + half * ACROSS;
      part = merge(part, means[other], squares[other], counts[other]);
    }
    workgroupBarrier();
  }
  if (thread.y > 0u || column >= params.channels4) { return; }
  var mean = part.mean;
  let m2 = part.m2;
  mean += pivot;
  let rows = f32(params.rows);
  statistics[channel4] = mean;
  statistics[params.channels4 + channel4] = Vec(1.0) / sqrt(m2 / rows + Vec(params.eps));

  let unbiased = m2 / max(rows - 1.0, 1.0);
  let m = params.momentum;
  let before = runningMean[channel4];
  let beforeVariance = runningVariance[channel4];
  let finite = isFinite(mean) & isFinite(unbiased);
  runningMean[channel4] = select(before, (1.0 - m) * before + m * mean, finite);
  runningVariance[channel4] = select(beforeVariance, (1.0 - m) * beforeVariance + m * unbiased, finite);
}
