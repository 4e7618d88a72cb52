// batch_norm_grad_partial: the per-channel sums of batch norm's backward pass, over a chunk of rows.
//
//   n = (x - mean) * rstd;   g = dy * act'(gamma n + beta)
//   partial = (sum g, sum g n)          -> gradients of beta and gamma
//
// The activation's input is recomputed from x, so the forward pass does not store it.
//
// Layouts   x, dy: [rows, C]. statistics: [2, C]: mean, rstd. partial: [chunks, 2, C].
// A thread  One thread sums one Vec of channels over one chunk; neighboring threads read neighboring channels.
// Bytes     Reads 8 bytes per value.
// Reference tests/reference/tape/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu

struct Params { rows: u32, channels4: u32, chunkRows: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read> statistics: array<Vec>;
@group(0) @binding(4) var<storage, read> gamma: array<Vec>;
@group(0) @binding(5) var<storage, read> beta: array<Vec>;
@group(0) @binding(6) var<storage, read_write> partial: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// The gradient before the activation from the gradient g after it; 0 where the activation is flat, even for infinite g.
fn behind(g: Vec, v: Vec) -> Vec {
  switch ACTIVATION {
    case 1u: { return select(Vec(0.0), g, (v > Vec(0.0)) | isNan(v)); }
    case 2u: { return select(Vec(0.0), g, (v > Vec(0.0)) & (v < Vec(6.0))); }
    case 3u: { return select(select(g * (v * (1.0 / 3.0) + Vec(0.5)), g, v >= Vec(3.0)), Vec(0.0), v <= Vec(-3.0)); }
    case 4u: { let s = select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v)); return g * (Vec(1.0) - s) * s; }
    case 5u: { return select(Vec(0.0), g * (1.0 / 6.0), (v > Vec(-3.0)) & (v < Vec(3.0))); }
    case 6u: { let s = select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v)); return g * s * (Vec(1.0) + v * (Vec(1.0) - s)); }
    default: { return g; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let chunk = i / params.channels4;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  let mean = statistics[channel4];
  let rstd = statistics[params.channels4 + channel4];
  let scale = gamma[channel4];
  let shift = beta[channel4];
  var sumG = Vec(0.0);
  var sumGN = Vec(0.0);
  let factor = scale * rstd; // gamma n + beta = factor (x - mean) + beta
  for (var row = chunk * params.chunkRows; row < end; row++) {
    let at = row * params.channels4 + channel4;
    let d = x[at] - mean;
    let g = behind(dy[at], fma(d, factor, shift));
    sumG += g;
    sumGN = fma(g, d, sumGN);
  }
  partial[2u * chunk * params.channels4 + channel4] = sumG;
  partial[(2u * chunk + 1u) * params.channels4 + channel4] = sumGN * rstd;
}
