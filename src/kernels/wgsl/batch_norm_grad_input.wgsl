// batch_norm_grad_input: the gradient of batch norm (with its activation) by its input.
//
//   n = (x - mean) * rstd;   g = dy * act'(gamma n + beta)
//   training:    dx = gamma rstd (g - dbeta / rows - n dgamma / rows)
//   evaluation:  dx = gamma rstd g          (mean and rstd do not depend on x)
//
// Layouts   x, dy, dx: [rows, C]. statistics: [2, C]: mean, rstd. gamma, beta, dgamma, dbeta: [C].
// A thread  does one Lane of channels in chunkRows rows, so it fetches the channels' numbers once;
//           neighbors touch neighboring channels.
// Bytes     reads 8 and writes 4 a value.

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four
alias Bits = vec4<u32>; // as wide as Lane
alias Flags = vec4<bool>; // as wide as Lane

override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid
override TRAINING: u32 = 1u;

struct Params { rows: u32, lanes: u32, chunkRows: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read> statistics: array<Lane>;
@group(0) @binding(4) var<storage, read> gamma: array<Lane>;
@group(0) @binding(5) var<storage, read> beta: array<Lane>;
@group(0) @binding(6) var<storage, read> dgamma: array<Lane>;
@group(0) @binding(7) var<storage, read> dbeta: array<Lane>;
@group(0) @binding(8) var<storage, read_write> dx: array<Lane>;

// compilers may assume that no NaN exists, so it is detected by its bits
fn isNan(v: Lane) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// the gradient before the activation, of g after it; where the activation is flat it is 0, whatever g is
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
  let first = i / params.lanes * params.chunkRows;
  let end = min(params.rows, first + params.chunkRows);
  let mean = statistics[lane];
  let rstd = statistics[params.lanes + lane];
  let scale = gamma[lane];
  let shift = beta[lane];
  // by channel, with d = x - mean:  gamma n + beta = factor d + shift;  dx = factor g - (perD d + offset)
  let factor = scale * rstd;
  var perD = Lane(0.0);
  var offset = Lane(0.0);
  if (TRAINING == 1u) {
    perD = factor * rstd * dgamma[lane] / f32(params.rows);
    offset = factor * dbeta[lane] / f32(params.rows);
  }
  for (var row = first; row < end; row++) {
    let at = row * params.lanes + lane;
    let d = x[at] - mean;
    let g = behind(dy[at], fma(d, factor, shift));
    if (TRAINING == 1u) {
      dx[at] = fma(g, factor, -fma(d, perD, offset));
    } else {
      dx[at] = factor * g; // without 0 * d, which is NaN where d is not finite
    }
  }
}
