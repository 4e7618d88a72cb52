// depthwise_patch: depthwise convolution, channels last, with the pixels under a workgroup in workgroup memory.
//
//   y[n, oh, ow, c] = bias[c] + sum over kh, kw of
//     x[n, oh * STRIDE_H + kh - PAD_TOP, ow * STRIDE_W + kw - PAD_LEFT, c] * weight[kh, kw, c]
//
// At inference the following batch norm is fused (NORM: bias is its beta), and so is the activation:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta)
//
// Layouts   x: [N, height, width, C]. weight: [KERNEL_H, KERNEL_W, C]. bias: [C]. y: [N, outHeight, outWidth, C].
//           Channels are read as Vecs (channels4 = C / 4).
// A thread  A workgroup of CHANNELS * ACROSS * DOWN threads computes DOWN rows of ACROSS * TILE_W outputs for CHANNELS
//           Vecs of channels. It loads the pixels under them, PATCH_H * PATCH_W per Vec, into workgroup memory once.
//           Then each thread computes TILE_W adjacent outputs, for which it reads KERNEL_H * COLUMNS pixels from there.
// Bytes     4 * C * (N * height * width + KERNEL_H * KERNEL_W + N * outHeight * outWidth), and the overlap of patches.
// Reference tests/reference/ops/convolution.ts

// The host replaces Vec by f32 if the number of channels is not a multiple of four.
alias Vec = vec4<f32>;
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec
alias Number = f32; // storage type of x and y: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const PAD_TOP = 1u;
const PAD_LEFT = 1u;
const TILE_W = 4u;
const CHANNELS = 8u;
const ACROSS = 2u;
const DOWN = 4u;
const THREADS = CHANNELS * ACROSS * DOWN;
const COLUMNS = (TILE_W - 1u) * STRIDE_W + KERNEL_W; // pixels under a row of a thread's tile
const PATCH_H = (DOWN - 1u) * STRIDE_H + KERNEL_H;
const PATCH_W = (ACROSS * TILE_W - 1u) * STRIDE_W + KERNEL_W;
const PATCH = PATCH_H * PATCH_W * CHANNELS; // Vecs
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu

struct Params {
  height: u32,
  width: u32,
  channels4: u32,
  outHeight: u32,
  outWidth: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
@group(0) @binding(3) var<storage, read> bias: array<Vec>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read> gamma: array<Vec>;
@group(0) @binding(6) var<storage, read> mean: array<Vec>;
@group(0) @binding(7) var<storage, read> variance: array<Vec>;

var<workgroup> held: array<Vec, PATCH>; // [row, column, channel]

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

@compute @workgroup_size(CHANNELS, ACROSS, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // workgroup x: Vecs of channels and tiles across; y: tiles down; z: images. No thread returns early, because all threads
  // must reach the barrier.
  let bands = (params.channels4 + CHANNELS - 1u) / CHANNELS;
  let band = group.x % bands * CHANNELS;
  let left = group.x / bands * (ACROSS * TILE_W);
  let top = group.y * DOWN;
  let n = group.z;
  let last = params.channels4 - 1u;
  for (var t = index; t < PATCH; t += THREADS) {
    let h = top * STRIDE_H + t / (PATCH_W * CHANNELS) - PAD_TOP; // wraps above the image
    let w = left * STRIDE_W + t / CHANNELS % PATCH_W - PAD_LEFT;
    let channel4 = min(band + t % CHANNELS, last);
    let at = (n * params.height + min(h, params.height - 1u)) * params.width + min(w, params.width - 1u);
    held[t] = select(Vec(0.0), Vec(x[at * params.channels4 + channel4]), h < params.height && w < params.width);
  }
  workgroupBarrier();

  let channel4 = min(band + thread.x, last);
  var scale = Vec(1.0);
  var shift = Vec(0.0);
  if (HAS_BIAS) { shift = bias[channel4]; }
  if (NORM) {
    scale = gamma[channel4] / sqrt(variance[channel4] + Vec(params.eps));
    shift = bias[channel4] - mean[channel4] * scale;
  }
  let taps = min(params.width, 1u) * KERNEL_H; // not a constant, so that its loop is not unrolled
  var sum: array<Vec, TILE_W>;
  var pixel: array<Vec, COLUMNS>;
  for (var kh = 0u; kh < taps; kh++) {
    let start = ((thread.z * STRIDE_H + kh) * PATCH_W + thread.y * TILE_W * STRIDE_W) * CHANNELS + thread.x;
    for (var c = 0u; c < COLUMNS; c++) { pixel[c] = held[start + c * CHANNELS]; }
    for (var kw = 0u; kw < KERNEL_W; kw++) {
      let tap = weight[(kh * KERNEL_W + kw) * params.channels4 + channel4];
      for (var b = 0u; b < TILE_W; b++) { sum[b] = fma(pixel[b * STRIDE_W + kw], tap, sum[b]); }
    }
  }
  let oh = top + thread.z;
  let ow = left + thread.y * TILE_W;
  if (oh < params.outHeight && band + thread.x <= last) {
    for (var b = 0u; b < TILE_W; b++) {
      if (ow + b < params.outWidth) {
        let at = ((n * params.outHeight + oh) * params.outWidth + ow + b) * params.channels4 + channel4;
        y[at] = Stored(activate(fma(sum[b], scale, shift)));
      }
    }
  }
}
