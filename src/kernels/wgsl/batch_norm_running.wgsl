// batch_norm_running: the statistics that normalize in evaluation mode.
//
//   mean = runningMean;  rstd = 1 / sqrt(runningVariance + eps)
//
// Layouts   runningMean, runningVariance: [C]; statistics: [2, C]: mean, rstd.
// A thread  One thread computes one channel.
// Bytes     16 * C.
// Reference tests/reference/ops/batch-norm.ts

struct Params { channels: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> runningMean: array<f32>;
@group(0) @binding(2) var<storage, read> runningVariance: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= params.channels) { return; }
  statistics[c] = runningMean[c];
  statistics[params.channels + c] = 1.0 / sqrt(runningVariance[c] + params.eps);
}
