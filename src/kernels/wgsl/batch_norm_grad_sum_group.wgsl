// batch_norm_grad_sum_group: adds the many chunks of batch_norm_grad_partial.wgsl, by one workgroup per four Vecs of
// channels; for GPUs.
//
//   dbeta = sum over chunks of partial[chunk, 0];   dgamma = sum over chunks of partial[chunk, 1]
//
// Layouts   partial: [chunks, 2, C]; dgamma, dbeta: [C].
// A thread  A workgroup of ACROSS * DOWN threads sums ACROSS Vecs of channels. Each thread sums every DOWN-th chunk of one Vec.
//           Then half of the threads add the sums of the other half through workgroup memory, then a quarter, until one is
//           left per Vec. The order depends only on the number of chunks.
// Bytes     8 * chunks * C.
// Reference tests/reference/tape/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
const ACROSS = 4u;
const DOWN = 64u;

struct Params { channels4: u32, chunks: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<Vec>;

// [chunk, channel]
var<workgroup> sums: array<Vec, ACROSS * DOWN>;
var<workgroup> products: array<Vec, ACROSS * DOWN>;

@compute @workgroup_size(ACROSS, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // channels past the last one repeat it and are not stored, because all threads must reach the barriers
  let column = group.x * ACROSS + thread.x;
  let channel4 = min(column, params.channels4 - 1u);
  var sumG = Vec(0.0);
  var sumGN = Vec(0.0);
  for (var chunk = thread.y; chunk < params.chunks; chunk += DOWN) {
    sumG += partial[2u * chunk * params.channels4 + channel4];
    sumGN += partial[(2u * chunk + 1u) * params.channels4 + channel4];
  }
  for (var half = DOWN / 2u; half > 0u; half /= 2u) {
    sums[index] = sumG;
    products[index] = sumGN;
    workgroupBarrier();
    if (thread.y < half) {
      sumG += sums[index + half * ACROSS];
      sumGN += products[index + half * ACROSS];
    }
    workgroupBarrier();
  }
  if (thread.y == 0u && column < params.channels4) {
    dbeta[channel4] = sumG;
    dgamma[channel4] = sumGN;
  }
}
