// batch_norm_grad_input: the gradient of batch norm (with its activation) by its input.
//
//   n = (x - mean) * rstd;   g = dy * act'(gamma n + beta)
//   training:    dx = gamma rstd (g - dbeta / rows - n dgamma / rows)
//   evaluation:  dx = gamma rstd g          (mean and rstd do not depend on x)
//
// Layouts   x, dy, dx: [rows, C]. statistics: [2, C]: mean, rstd. gamma, beta, dgamma, dbeta: [C].
// A thread  does one Lane of channels in chunkRows rows, so it fetches the channels' numbers once;
//           neighbours touch neighbouring channels.
// Bytes     reads 8 and writes 4 a value.

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four

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

fn inside(v: Lane, low: f32, high: f32) -> Lane {
  return select(Lane(0.0), Lane(1.0), v > Lane(low)) * select(Lane(0.0), Lane(1.0), v < Lane(high));
}

// the activation's slope at v
fn slope(v: Lane) -> Lane {
  switch ACTIVATION {
    case 1u: { return select(Lane(0.0), Lane(1.0), v > Lane(0.0)); }
    case 2u: { return inside(v, 0.0, 6.0); }
    case 3u: { return select(select(v * (1.0 / 3.0) + Lane(0.5), Lane(1.0), v >= Lane(3.0)), Lane(0.0), v <= Lane(-3.0)); }
    case 4u: { let s = Lane(1.0) / (Lane(1.0) + exp(-v)); return s * (Lane(1.0) - s); }
    case 5u: { return inside(v, -3.0, 3.0) * (1.0 / 6.0); }
    default: { return Lane(1.0); }
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
    let g = dy[at] * slope(fma(d, factor, shift));
    dx[at] = fma(g, factor, -fma(d, perD, offset));
  }
}
