// batch_norm_grad_input: the gradient of batch norm (with its activation) with respect to its input.
//
//   n = (x - mean) * rstd;   g = dy * act'(gamma n + beta)
//   training:    dx = gamma rstd (g - dbeta / rows - n dgamma / rows)
//   evaluation:  dx = gamma rstd g          (mean and rstd do not depend on x)
//
// Derivation for one channel, with m rows and dn = gamma g, the gradient with respect to n. In training x[i] reaches the loss along three paths (directly, through mean, and through rstd), each with its own term:
//
//   direct    rstd dn[i]                     with mean and rstd held constant
//   mean      d mean / d x[i] = 1 / m        d loss / d mean = -rstd sum dn
//             so the term is  -rstd / m sum dn = -gamma rstd / m dbeta                    (dbeta = sum g)
//   rstd      d var / d x[i] = 2 (x[i] - mean) / m        d rstd / d var = -rstd^3 / 2
//             d loss / d rstd = sum dn (x - mean)
//             so the term is  -rstd^3 (x[i] - mean) / m sum dn (x - mean)
//                           = -rstd n[i] / m sum dn n = -gamma rstd n[i] / m dgamma       (dgamma = sum g n)
//
// (The variance also depends on the mean, but its derivative, -2 / m sum (x - mean), is 0.) The sum of the three terms
// is dx. The host computes dbeta and dgamma first, with batch_norm_grad_partial.wgsl.
//
// Layouts   x, dy, dx: [rows, C]. statistics: [2, C]: mean, rstd. gamma, beta, dgamma, dbeta: [C].
// A thread  One thread computes one Vec of channels in chunkRows rows, so it loads the per-channel values once;
//           neighboring threads access neighboring channels.
// Bytes     Reads 8 and writes 4 bytes per value.
// Reference tests/reference/tape/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override TRAINING: u32 = 1u;

struct Params { rows: u32, channels4: u32, chunkRows: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read> statistics: array<Vec>;
@group(0) @binding(4) var<storage, read> gamma: array<Vec>;
@group(0) @binding(5) var<storage, read> beta: array<Vec>;
@group(0) @binding(6) var<storage, read> dgamma: array<Vec>;
@group(0) @binding(7) var<storage, read> dbeta: array<Vec>;
@group(0) @binding(8) var<storage, read_write> dx: array<Vec>;

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
  let first = i / params.channels4 * params.chunkRows;
  let end = min(params.rows, first + params.chunkRows);
  let mean = statistics[channel4];
  let rstd = statistics[params.channels4 + channel4];
  let scale = gamma[channel4];
  let shift = beta[channel4];
  // per channel, with d = x - mean:  gamma n + beta = factor d + shift;  dx = factor g - (perD d + offset)
  let factor = scale * rstd;
  var perD = Vec(0.0);
  var offset = Vec(0.0);
  if (TRAINING == 1u) {
    perD = factor * rstd * dgamma[channel4] / f32(params.rows);
    offset = factor * dbeta[channel4] / f32(params.rows);
  }
  for (var row = first; row < end; row++) {
    let at = row * params.channels4 + channel4;
    let d = x[at] - mean;
    let g = behind(dy[at], fma(d, factor, shift));
    if (TRAINING == 1u) {
      dx[at] = fma(g, factor, -fma(d, perD, offset));
    } else {
      dx[at] = factor * g; // no term 0 * d, which is NaN if d is not finite
    }
  }
}
