// batch_norm_moments: the mean and the sum of squared deviations of each channel over a chunk of rows.
//
//   Welford (1962), one row at a time, of v = x - pivot:  d = v - mean;  mean += d / n;  m2 += d * (v - mean)
//
// The pivot is the first value of the chunk. Differences from it are small, so a mean that is large compared with the
// standard deviation is rounded once, at the end, and not in each row. Unlike E[x^2] - E[x]^2 this does not cancel for
// such a mean.
//
// Layouts   x: [rows, C], channels last, rows = N * H * W. partial: [2, chunks, C]: first the means, then
//           the sums of squared deviations (m2). batch_norm_statistics.wgsl merges the chunks.
// A thread  One thread reduces one Vec of channels over one chunk; neighboring threads read neighboring channels.
// Bytes     Reads 4 bytes per value of x, once.
// Reference tests/reference/ops/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four

struct Params { rows: u32, channels4: u32, chunkRows: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> partial: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let first = (i / params.channels4) * params.chunkRows;
  let end = min(params.rows, first + params.chunkRows);
  var mean = Vec(0.0);
  var m2 = Vec(0.0);
  let pivot = x[first * params.channels4 + channel4];
  var n = 1.0;
  for (var row = first + 1u; row < end; row++) {
    n += 1.0;
    let value = x[row * params.channels4 + channel4] - pivot;
    let d = value - mean;
    mean += d * (1.0 / n);
    m2 += d * (value - mean);
  }
  partial[i] = mean + pivot;
  partial[params.count + i] = m2;
}
