// depthwise: depthwise convolution, channels last.
//
//   y[n, oh, ow, c] = bias[c] + sum over kh, kw of
//     x[n, oh * STRIDE_H + kh - PAD_TOP, ow * STRIDE_W + kw - PAD_LEFT, c] * weight[kh, kw, c]
//
// At inference the batch norm that follows rides along (NORM: bias is its beta), and so does the activation:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta)
//
// Layouts   x: [N, height, width, C]. weight: [KERNEL_H, KERNEL_W, C]. bias: [C]. y: [N, outHeight, outWidth, C].
//           Channels are read in Lanes (lanes = C / 4).
// A thread  makes a tile of TILE_H x TILE_W outputs for one Lane of channels. It takes the pixels under the tile row by
//           row: a pixel is loaded once a thread, not once a tap, and a row serves every row of the tile that sees it.
//           The host writes out the loops whose bounds are constants (gpu/unroll.ts), so the arrays become registers.
// Bytes     4 * C * (N * height * width + KERNEL_H * KERNEL_W + N * outHeight * outWidth).

// The host puts f32 for Lane where the channels are not a multiple of four.
alias Lane = vec4<f32>;
alias Number = f32; // how x and y are stored: f16 in half precision
alias Stored = vec4<Number>; // a Lane of them
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const PAD_TOP = 1u;
const PAD_LEFT = 1u;
const TILE_H = 2u;
const TILE_W = 4u;
const ROWS = (TILE_H - 1u) * STRIDE_H + KERNEL_H; // pixels under a tile
const COLUMNS = (TILE_W - 1u) * STRIDE_W + KERNEL_W;
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid

struct Params {
  height: u32,
  width: u32,
  lanes: u32,
  outHeight: u32,
  outWidth: u32,
  count: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> weight: array<Lane>;
@group(0) @binding(3) var<storage, read> bias: array<Lane>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read> gamma: array<Lane>;
@group(0) @binding(6) var<storage, read> mean: array<Lane>;
@group(0) @binding(7) var<storage, read> variance: array<Lane>;

fn hardSigmoid(v: Lane) -> Lane { return clamp(v * (1.0 / 6.0) + Lane(0.5), Lane(0.0), Lane(1.0)); }

fn activate(v: Lane) -> Lane {
  switch ACTIVATION {
    case 1u: { return max(v, Lane(0.0)); }
    case 2u: { return clamp(v, Lane(0.0), Lane(6.0)); }
    case 3u: { return v * hardSigmoid(v); }
    case 4u: { return Lane(1.0) / (Lane(1.0) + exp(-v)); }
    case 5u: { return hardSigmoid(v); }
    default: { return v; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((n * tilesDown + tileDown) * tilesAcross + tileAcross) * lanes + lane
  let across = (params.outWidth + TILE_W - 1u) / TILE_W;
  let down = (params.outHeight + TILE_H - 1u) / TILE_H;
  let lane = i % params.lanes;
  let tile = i / params.lanes;
  let ow = tile % across * TILE_W;
  let oh = tile / across % down * TILE_H;
  let n = tile / (across * down);
  let left = ow * STRIDE_W - PAD_LEFT; // left of the image it wraps to a huge u32

  // where a row's pixels lie, and which of them are in the image
  var place: array<u32, COLUMNS>;
  var isInside: array<bool, COLUMNS>;
  for (var c = 0u; c < COLUMNS; c++) {
    isInside[c] = left + c < params.width;
    place[c] = min(left + c, params.width - 1u) * params.lanes + lane;
  }
  var sum: array<Lane, TILE_H * TILE_W>;
  if (HAS_BIAS && !NORM) {
    for (var t = 0u; t < TILE_H * TILE_W; t++) { sum[t] = bias[lane]; }
  }
  var pixel: array<Lane, COLUMNS>;
  var tap: array<Lane, KERNEL_W>;
  // the rows of the image under the tile; row `a` of the tile sees it by tap kh = h + PAD_TOP - (oh + a) * STRIDE_H
  let top = oh * STRIDE_H;
  let end = min(max(top + ROWS, PAD_TOP) - PAD_TOP, params.height);
  for (var h = max(top, PAD_TOP) - PAD_TOP; h < end; h++) {
    let row = (n * params.height + h) * params.width * params.lanes;
    for (var c = 0u; c < COLUMNS; c++) { pixel[c] = select(Lane(0.0), Lane(x[row + place[c]]), isInside[c]); }
    for (var a = 0u; a < TILE_H; a++) {
      let kh = h + PAD_TOP - top - a * STRIDE_H; // below 0 it wraps
      if (kh < KERNEL_H) {
        for (var kw = 0u; kw < KERNEL_W; kw++) { tap[kw] = weight[(kh * KERNEL_W + kw) * params.lanes + lane]; }
        for (var b = 0u; b < TILE_W; b++) {
          var s = sum[a * TILE_W + b];
          for (var kw = 0u; kw < KERNEL_W; kw++) { s = fma(pixel[b * STRIDE_W + kw], tap[kw], s); }
          sum[a * TILE_W + b] = s;
        }
      }
    }
  }

  var scale = Lane(1.0);
  var shift = Lane(0.0);
  if (NORM) {
    scale = gamma[lane] / sqrt(variance[lane] + Lane(params.eps));
    shift = bias[lane] - mean[lane] * scale;
  }
  for (var a = 0u; a < TILE_H; a++) {
    for (var b = 0u; b < TILE_W; b++) {
      if (oh + a < params.outHeight && ow + b < params.outWidth) {
        var value = sum[a * TILE_W + b];
        if (NORM) { value = value * scale + shift; }
        y[((n * params.outHeight + oh + a) * params.outWidth + ow + b) * params.lanes + lane] = Stored(activate(value));
      }
    }
  }
}
