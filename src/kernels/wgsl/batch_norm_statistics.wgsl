// batch_norm_statistics: merges the moments of the chunks and updates the running statistics.
//
//   two parts of n_a and n_b rows (Chan et al. 1979):  d = mean_b - mean_a
//     mean = mean_a + d n_b / n;   m2 = m2_a + m2_b + d^2 n_a n_b / n
//   means are merged as differences from the first chunk's mean, so that a large mean is rounded once
//   rstd = 1 / sqrt(m2 / rows + eps)                         (normalizes with the biased variance)
//   running = (1 - momentum) running + momentum * batch      (keeps the unbiased variance, as PyTorch does)
//   with CUMULATIVE, the weight of the batch is momentum / (batches + 1) instead of momentum, so that all have the same weight
//
// A batch whose statistics are not finite leaves the running statistics unchanged.
//
// Layouts   partial: [2, chunks, C] from batch_norm_moments.wgsl. statistics: [2, C]: mean, rstd.
//           runningMean, runningVariance: [C]. batches: [1], a count in f32; bound only with CUMULATIVE. It is
//           in the buffer of the running statistics, so it must be read_write too.
// A thread  One thread merges one Vec of channels over the chunks in order, so results are identical bit for bit.
// Bytes     8 * chunks * C.
// Reference tests/reference/ops/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

const CUMULATIVE = 0u; // 0 or 1; a loop, because the host removes the binding of a loop without iterations

struct Params { rows: u32, channels4: u32, chunkRows: u32, chunks: u32, eps: f32, momentum: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Vec>;
@group(0) @binding(2) var<storage, read_write> statistics: array<Vec>;
@group(0) @binding(3) var<storage, read_write> runningMean: array<Vec>;
@group(0) @binding(4) var<storage, read_write> runningVariance: array<Vec>;
@group(0) @binding(5) var<storage, read_write> batches: array<f32>;

// Infinity and NaN have an exponent of all ones.
fn isFinite(value: Vec) -> Flags {
  return (bitcast<Bits>(value) & Bits(0x7f800000u)) != Bits(0x7f800000u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel4 = id.x;
  if (channel4 >= params.channels4) { return; }
  let all = params.chunks * params.channels4;
  let pivot = partial[channel4];
  var mean = Vec(0.0);
  var m2 = partial[all + channel4];
  var n = f32(params.chunkRows);
  for (var chunk = 1u; chunk < params.chunks; chunk++) {
    let more = f32(min(params.chunkRows, params.rows - chunk * params.chunkRows));
    let d = partial[chunk * params.channels4 + channel4] - pivot - mean;
    let total = n + more;
    mean += d * (more / total);
    m2 += partial[all + chunk * params.channels4 + channel4] + d * d * (n * more / total);
    n = total;
  }
  mean += pivot;
  let rows = f32(params.rows);
  statistics[channel4] = mean;
  statistics[params.channels4 + channel4] = Vec(1.0) / sqrt(m2 / rows + Vec(params.eps));

  let unbiased = m2 / max(rows - 1.0, 1.0);
  var m = params.momentum;
  for (var once = 0u; once < CUMULATIVE; once++) { m /= batches[0] + 1.0; }
  let before = runningMean[channel4];
  let beforeVariance = runningVariance[channel4];
  let finite = isFinite(mean) & isFinite(unbiased);
  runningMean[channel4] = select(before, (1.0 - m) * before + m * mean, finite);
  runningVariance[channel4] = select(beforeVariance, (1.0 - m) * beforeVariance + m * unbiased, finite);
}
