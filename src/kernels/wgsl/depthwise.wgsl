// depthwise: depthwise convolution, channels last.
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
// A thread  One thread computes tileRows rows of TILE_W outputs for one Vec of channels. It walks down the image and
//           loads each pixel under its tile once. Each row of x contributes to DEPTH rows of y, through different taps.
//           Their sums are kept in a window of DEPTH rows, which shifts by one row when a row of y has received all its
//           rows of x and is stored. The taps therefore stay in registers, and every index is a constant. The host
//           unrolls the loops with constant bounds (gpu/unroll.ts), so that the arrays become registers.
// Bytes     4 * C * (N * height * width + KERNEL_H * KERNEL_W + N * outHeight * outWidth).
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
const SKIPS = 1u; // 0 to treat rows of x outside the image as zeros instead of skipping them
const TAPS_LOOP = 0u; // 1 to load the taps in a loop, since LLVM needs long to compile every load
const COLUMNS = (TILE_W - 1u) * STRIDE_W + KERNEL_W; // pixels under a row of the tile
const DEPTH = (KERNEL_H + STRIDE_H - 1u) / STRIDE_H;
const ABOVE = min(PAD_TOP / STRIDE_H, DEPTH - 1u); // rows of y for which all first rows of x are above the image
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu

struct Params {
  height: u32,
  width: u32,
  channels4: u32,
  outHeight: u32,
  outWidth: u32,
  tileRows: u32,
  count: u32,
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
  // thread = ((n * tilesDown + tileDown) * tilesAcross + tileAcross) * channels4 + channel4
  let across = (params.outWidth + TILE_W - 1u) / TILE_W;
  let down = (params.outHeight + params.tileRows - 1u) / params.tileRows;
  let channel4 = i % params.channels4;
  let tile = i / params.channels4;
  let ow = tile % across * TILE_W;
  let top = tile / across % down * params.tileRows;
  let n = tile / (across * down);
  let left = ow * STRIDE_W - PAD_LEFT; // wraps to a huge u32 left of the image

  // the addresses of a row's pixels, and which of them are inside the image
  var place: array<u32, COLUMNS>;
  var isInside: array<bool, COLUMNS>;
  for (var c = 0u; c < COLUMNS; c++) {
    isInside[c] = left + c < params.width;
    place[c] = min(left + c, params.width - 1u) * params.channels4 + channel4;
  }
  var tap: array<Vec, KERNEL_H * KERNEL_W>;
  for (var kh = 0u; kh < (1u - TAPS_LOOP) * KERNEL_H; kh++) {
    for (var kw = 0u; kw < KERNEL_W; kw++) { tap[kh * KERNEL_W + kw] = weight[(kh * KERNEL_W + kw) * params.channels4 + channel4]; }
  }
  // Or in a loop, whose bound is not a constant, so that nobody unrolls it: the last row of taps is loaded and the others shift,
  // so that every index is a constant.
  for (var loops = 0u; loops < TAPS_LOOP; loops++) {
    let rows = select(1u, KERNEL_H, params.count > 0u);
    for (var row = 0u; row < rows; row++) {
      for (var kh = 1u; kh < KERNEL_H; kh++) {
        for (var kw = 0u; kw < KERNEL_W; kw++) { tap[(kh - 1u) * KERNEL_W + kw] = tap[kh * KERNEL_W + kw]; }
      }
      for (var kw = 0u; kw < KERNEL_W; kw++) {
        tap[(KERNEL_H - 1u) * KERNEL_W + kw] = weight[(row * KERNEL_W + kw) * params.channels4 + channel4];
      }
    }
  }
  var scale = Vec(1.0);
  var shift = Vec(0.0);
  if (HAS_BIAS) { shift = bias[channel4]; }
  if (NORM) {
    scale = gamma[channel4] / sqrt(variance[channel4] + Vec(params.eps));
    shift = bias[channel4] - mean[channel4] * scale;
  }

  var sum: array<Vec, DEPTH * TILE_W>; // row d belongs to row oh - d of y
  var pixel: array<Vec, COLUMNS>;
  let end = min(top + params.tileRows, params.outHeight) + DEPTH - 1u;
  for (var oh = max(top, ABOVE); oh < end; oh++) {
    // the rows of x that contribute to row oh of y and to no earlier row
    for (var r = 0u; r < min(STRIDE_H, KERNEL_H); r++) {
      let h = oh * STRIDE_H + r - PAD_TOP; // wraps above the image
      // A driver that executes both branches of every `if` would have to select all sums afterwards. WGSL clamps an index past
      // the end.
      if (SKIPS == 0u || h < params.height) {
        let row = (n * params.height + h) * params.width * params.channels4;
        for (var c = 0u; c < COLUMNS; c++) { pixel[c] = select(Vec(0.0), Vec(x[row + place[c]]), h < params.height && isInside[c]); }
        for (var kh = r; kh < KERNEL_H; kh += STRIDE_H) {
          for (var b = 0u; b < TILE_W; b++) {
            var s = sum[kh / STRIDE_H * TILE_W + b];
            for (var kw = 0u; kw < KERNEL_W; kw++) { s = fma(pixel[b * STRIDE_W + kw], tap[kh * KERNEL_W + kw], s); }
            sum[kh / STRIDE_H * TILE_W + b] = s;
          }
        }
      }
    }
    if (oh >= top + DEPTH - 1u) {
      let row = (n * params.outHeight + oh + 1u - DEPTH) * params.outWidth + ow;
      for (var b = 0u; b < TILE_W; b++) {
        if (ow + b < params.outWidth) {
          let value = fma(sum[(DEPTH - 1u) * TILE_W + b], scale, shift);
          y[(row + b) * params.channels4 + channel4] = Stored(activate(value));
        }
      }
    }
    for (var d = 1u; d < DEPTH; d++) {
      for (var b = 0u; b < TILE_W; b++) { sum[(DEPTH - d) * TILE_W + b] = sum[(DEPTH - d - 1u) * TILE_W + b]; }
    }
    for (var b = 0u; b < TILE_W; b++) { sum[b] = Vec(0.0); }
  }
}
