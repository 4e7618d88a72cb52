// batch_norm_grad_group: the backward pass of batch norm (with its activation) in one dispatch.
//
//   n = (x - mean) * rstd;   g = dy * act'(gamma n + beta)
//   dbeta = sum g;   dgamma = sum g n;   dx = gamma rstd (g - dbeta / rows - n dgamma / rows)
//
// In evaluation mode dx = gamma rstd g. The derivation is in batch_norm_grad_input.wgsl.
//
// Layouts   x, dy, dx: [rows, C]. statistics: [2, C]: mean, rstd. gamma, beta, dgamma, dbeta: [C].
// A thread  A workgroup processes `across` Vecs of channels, with down = THREADS / across threads per Vec. Each thread sums
//           every down-th row of one Vec. Then half of the threads add the sums of the other half through workgroup memory,
//           then a quarter, until one is left per Vec. Then each thread computes dx in its rows. The order of addition
//           depends only on the sizes.
// Bytes     Reads 8 bytes per value, twice (usually from a cache the second time), and writes 4.
// Reference tests/reference/tape/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

const THREADS = 8u; // per workgroup, a power of two
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override TRAINING: u32 = 1u;

struct Params {
  rows: u32,
  channels4: u32,
  across: u32, // a power of two, at most THREADS
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read> statistics: array<Vec>;
@group(0) @binding(4) var<storage, read> gamma: array<Vec>;
@group(0) @binding(5) var<storage, read> beta: array<Vec>;
@group(0) @binding(6) var<storage, read_write> dgamma: array<Vec>;
@group(0) @binding(7) var<storage, read_write> dbeta: array<Vec>;
@group(0) @binding(8) var<storage, read_write> dx: array<Vec>;

// [row, channel]
var<workgroup> sums: array<Vec, THREADS>;
var<workgroup> products: array<Vec, THREADS>;

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

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let down = THREADS / params.across;
  let first = thread / params.across;
  let left = thread % params.across;
  // channels past the last one repeat it and are not stored, because all threads must reach the barriers
  let column = group.x * params.across + left;
  let channel4 = min(column, params.channels4 - 1u);
  let mean = statistics[channel4];
  let rstd = statistics[params.channels4 + channel4];
  let factor = gamma[channel4] * rstd; // gamma n + beta = factor (x - mean) + beta
  let shift = beta[channel4];
  var sumG = Vec(0.0);
  var sumGN = Vec(0.0);
  for (var row = first; row < params.rows; row += down) {
    let at = row * params.channels4 + channel4;
    let d = x[at] - mean;
    let g = behind(dy[at], fma(d, factor, shift));
    sumG += g;
    sumGN = fma(g, d, sumGN);
  }
  for (var half = down / 2u; half > 0u; half /= 2u) {
    sums[thread] = sumG;
    products[thread] = sumGN;
    workgroupBarrier();
    if (first < half) {
      sumG += sums[thread + half * params.across];
      sumGN += products[thread + half * params.across];
    }
    workgroupBarrier();
  }
  if (first == 0u) {
    sums[thread] = sumG;
    products[thread] = sumGN * rstd;
  }
  workgroupBarrier();
  sumG = sums[left];
  sumGN = products[left];
  if (column >= params.channels4) { return; }

  // with d = x - mean:  dx = factor g - (perD d + offset)
  var perD = Vec(0.0);
  var offset = Vec(0.0);
  if (TRAINING == 1u) {
    perD = factor * rstd * sumGN / f32(params.rows);
    offset = factor * sumG / f32(params.rows);
  }
  for (var row = first; row < params.rows; row += down) {
    let at = row * params.channels4 + channel4;
    let d = x[at] - mean;
    let g = behind(dy[at], fma(d, factor, shift));
    if (TRAINING == 1u) {
      dx[at] = fma(g, factor, -fma(d, perD, offset));
    } else {
      dx[at] = factor * g; // no term 0 * d, which is NaN if d is not finite
    }
  }
  if (first > 0u) { return; }
  dgamma[channel4] = sumGN;
  dbeta[channel4] = sumG;
}
