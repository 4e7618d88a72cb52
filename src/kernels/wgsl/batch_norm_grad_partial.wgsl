// batch_norm_grad_partial: the per-channel sums of batch norm's backward pass, over a chunk of rows.
//
//   n = (x - mean) * rstd;   g = dy * act'(gamma n + beta)
//   partial = (sum g, sum g n)          -> gradients of beta and gamma, final if one chunk is the WHOLE
//
// The activation's input is recomputed from x, so the forward pass does not store it.
//
// Layouts   x, dy: [rows, C]. statistics: [2, C]: mean, rstd. partial: [chunks, 2, C];
//           WHOLE: partial is the gradient of beta, dgamma that of gamma, [C].
// A thread  One thread sums one Lane of channels over one chunk; neighboring threads read neighboring channels.
// Bytes     Reads 8 bytes per value.
// Reference tests/reference/tape/batch-norm.ts

alias Lane = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Lane
alias Flags = vec4<bool>; // same width as Lane

override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid
override WHOLE: u32 = 0u;

struct Params { rows: u32, lanes: u32, chunkRows: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read> statistics: array<Lane>;
@group(0) @binding(4) var<storage, read> gamma: array<Lane>;
@group(0) @binding(5) var<storage, read> beta: array<Lane>;
@group(0) @binding(6) var<storage, read_write> partial: array<Lane>;
@group(0) @binding(7) var<storage, read_write> dgamma: array<Lane>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Lane) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// The gradient before the activation from the gradient g after it; 0 where the activation is flat, even for infinite g.
fn behind(g: Lane, v: Lane) -> Lane {
  switch ACTIVATION {
    case 1u: { return select(Lane(0.0), g, (v > Lane(0.0)) | isNan(v)); }
    case 2u: { return select(Lane(0.0), g, (v > Lane(0.0)) & (v < Lane(6.0))); }
    case 3u: { return select(select(g * (v * (1.0 / 3.0) + Lane(0.5)), g, v >= Lane(3.0)), Lane(0.0), v <= Lane(-3.0)); }
    case 4u: { let s = select(Lane(1.0) / (Lane(1.0) + exp(-v)), v, isNan(v)); return g * (Lane(1.0) - s) * s; }
    case 5u: { return select(Lane(0.0), g * (1.0 / 6.0), (v > Lane(-3.0)) & (v < Lane(3.0))); }
    default: { return g; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let lane = i % params.lanes;
  let chunk = i / params.lanes;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  let mean = statistics[lane];
  let rstd = statistics[params.lanes + lane];
  let scale = gamma[lane];
  let shift = beta[lane];
  var sumG = Lane(0.0);
  var sumGN = Lane(0.0);
  let factor = scale * rstd; // gamma n + beta = factor (x - mean) + beta
  for (var row = chunk * params.chunkRows; row < end; row++) {
    let at = row * params.lanes + lane;
    let d = x[at] - mean;
    let g = behind(dy[at], fma(d, factor, shift));
    sumG += g;
    sumGN = fma(g, d, sumGN);
  }
  sumGN *= rstd;
  partial[2u * chunk * params.lanes + lane] = sumG;
  if (WHOLE == 1u) {
    dgamma[lane] = sumGN;
  } else {
    partial[(2u * chunk + 1u) * params.lanes + lane] = sumGN;
  }
}
