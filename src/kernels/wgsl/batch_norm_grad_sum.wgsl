// batch_norm_grad_sum: adds the chunks of batch_norm_grad_partial.wgsl.
//
//   dbeta = sum over chunks of partial[chunk, 0];   dgamma = sum over chunks of partial[chunk, 1]
//
// Layouts   partial: [chunks, 2, C]; dgamma, dbeta: [C].
// A thread  One thread sums one Lane of channels over the chunks in order, so results are identical bit for bit.
// Bytes     8 * chunks * C.
// Reference tests/reference/tape/batch-norm.ts

alias Lane = vec4<f32>; // f32 if the number of channels is not a multiple of four

struct Params { lanes: u32, chunks: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Lane>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<Lane>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let lane = id.x;
  if (lane >= params.lanes) { return; }
  var sumG = Lane(0.0);
  var sumGN = Lane(0.0);
  for (var chunk = 0u; chunk < params.chunks; chunk++) {
    sumG += partial[2u * chunk * params.lanes + lane];
    sumGN += partial[(2u * chunk + 1u) * params.lanes + lane];
  }
  dbeta[lane] = sumG;
  dgamma[lane] = sumGN;
}
