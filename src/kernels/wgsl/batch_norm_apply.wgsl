// batch_norm_apply: normalizes, scales, shifts and activates in one pass.
//
//   y = act(gamma * (x - mean) * rstd + beta) [+ residual]     per channel (Ioffe & Szegedy, ICML 2015)
//
// Layouts   x, y, residual: [rows, C], channels last. statistics: [2, C]: mean, rstd. gamma, beta: [C].
// A thread  One thread computes one Vec of channels in chunkRows rows, so it loads the per-channel values once;
//           neighboring threads access neighboring channels.
// Bytes     Reads 4 and writes 4 bytes per value.
// Reference tests/reference/ops/batch-norm.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override RESIDUAL: u32 = 0u;

struct Params { rows: u32, channels4: u32, chunkRows: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> statistics: array<Vec>;
@group(0) @binding(3) var<storage, read> gamma: array<Vec>;
@group(0) @binding(4) var<storage, read> beta: array<Vec>;
@group(0) @binding(5) var<storage, read_write> y: array<Vec>;
@group(0) @binding(6) var<storage, read> residual: array<Vec>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
// Cheaper than clamp on adapters whose clamp checks for NaN.
fn clip(v: Vec, low: Vec, high: Vec) -> Vec { return select(select(v, high, v > high), low, v < low); }
fn hardSigmoid(v: Vec) -> Vec { return clip(v * (1.0 / 6.0) + Vec(0.5), Vec(0.0), Vec(1.0)); }

fn activate(v: Vec) -> Vec {
  switch ACTIVATION {
    case 1u: { return select(clip(v, Vec(0.0), v), v, isNan(v)); }
    case 2u: { return select(clip(v, Vec(0.0), Vec(6.0)), v, isNan(v)); }
    case 3u: { return v * hardSigmoid(v); } // NaN times any number is NaN
    case 4u: { return select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v)); }
    case 5u: { return select(hardSigmoid(v), v, isNan(v)); }
    case 6u: { return select(v / (Vec(1.0) + exp(-v)), v, isNan(v)); }
    default: { return v; }
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
  let factor = scale * rstd;
  for (var row = first; row < end; row++) {
    let at = row * params.channels4 + channel4;
    var value = activate(fma(x[at] - mean, factor, shift));
    if (RESIDUAL == 1u) { value += residual[at]; }
    y[at] = value;
  }
}
