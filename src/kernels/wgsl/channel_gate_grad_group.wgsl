// channel_gate_grad_group: channel_gate_grad.wgsl with one workgroup per image and four Vecs of channels; for GPUs.
//
//   dx[n, pixel, c] = dy[n, pixel, c] * act(gate[n, c])
//   dgate[n, c]     = act'(gate) * sum over pixels of dy x
//
// Layouts   x, dy, dx: [N, H * W, C]; gate, dgate: [N, C]. C is read as Vecs.
// A thread  A workgroup of ACROSS * DOWN threads processes ACROSS Vecs of channels of one image, each thread every
//           DOWN-th pixel of one Vec. Then half of the threads add the sums of the other half through workgroup memory,
//           then a quarter, until one is left per Vec. The order depends only on the shape.
// Bytes     Reads 8 and writes 4 bytes per value.
// Reference tests/reference/tape/elementwise.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec
const ACROSS = 4u;
const DOWN = 16u;

override HARD: u32 = 1u;

struct Params { pixels: u32, channels4: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read> gate: array<Vec>;
@group(0) @binding(4) var<storage, read_write> dgate: array<Vec>;
@group(0) @binding(5) var<storage, read_write> dx: array<Vec>;

var<workgroup> sums: array<Vec, ACROSS * DOWN>; // [pixel, channel]

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

fn activate(v: Vec) -> Vec {
  if (HARD == 1u) { return select(clamp(v * (1.0 / 6.0) + Vec(0.5), Vec(0.0), Vec(1.0)), v, isNan(v)); }
  return select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v));
}

// The gradient before the activation from the gradient g after it; 0 where the activation is flat, even for infinite g.
fn behind(g: Vec, v: Vec) -> Vec {
  if (HARD == 1u) { return select(Vec(0.0), g * (1.0 / 6.0), (v > Vec(-3.0)) & (v < Vec(3.0))); }
  let s = select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v));
  return g * (Vec(1.0) - s) * s;
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // workgroup x: Vecs of channels; y: images. Channels past the last one have no pixels, because all threads must reach
  // the barriers.
  let channel = group.x * ACROSS + thread.x;
  let isInside = channel < params.channels4;
  let i = group.y * params.channels4 + min(channel, params.channels4 - 1u);
  let v = gate[i];
  let scale = activate(v);
  let pixels = select(0u, params.pixels, isInside);
  var sum = Vec(0.0);
  for (var pixel = thread.y; pixel < pixels; pixel += DOWN) {
    let at = (group.y * params.pixels + pixel) * params.channels4 + channel;
    let g = dy[at];
    sum += x[at] * g;
    dx[at] = g * scale;
  }
  for (var half = DOWN / 2u; half > 0u; half /= 2u) {
    sums[index] = sum;
    workgroupBarrier();
    if (thread.y < half) { sum += sums[index + half * ACROSS]; }
    workgroupBarrier();
  }
  if (thread.y == 0u && isInside) { dgate[i] = behind(sum, v); }
}
