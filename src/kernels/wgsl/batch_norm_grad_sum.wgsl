// batch_norm_grad_sum: adds the chunks of batch_norm_grad_partial.wgsl.
//
//   dbeta = sum over chunks of partial[chunk, 0];   dgamma = sum over chunks of partial[chunk, 1]
//
// Layouts   partial: [chunks, 2, C]; dgamma, dbeta: [C].
// A thread  One thread sums one Vec of channels over the chunks in order, so results are identical bit for bit.
// Bytes     8 * chunks * C.
// Reference tests/reference/tape/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four

struct Params { channels4: u32, chunks: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel4 = id.x;
  if (channel4 >= params.channels4) { return; }
  var sumG = Vec(0.0);
  var sumGN = Vec(0.0);
  for (var chunk = 0u; chunk < params.chunks; chunk++) {
    sumG += partial[2u * chunk * params.channels4 + channel4];
    sumGN += partial[(2u * chunk + 1u) * params.channels4 + channel4];
  }
  dbeta[channel4] = sumG;
  dgamma[channel4] = sumGN;
}
