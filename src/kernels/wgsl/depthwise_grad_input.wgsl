// depthwise_grad_input: the gradient of the depthwise convolution with respect to its input, as a gather.
//
//   dx[n, h, w, c] = sum over kh, kw of
//     dy[n, (h + PAD_TOP - kh) / STRIDE_H, (w + PAD_LEFT - kw) / STRIDE_W, c] * weight[kh, kw, c]
//   over the taps for which both divisions are exact and the pixel of dy exists
//
// Layouts   dx: [N, height, width, C]. weight: [KERNEL_H, KERNEL_W, C]. dy: [N, outHeight, outWidth, C]. Channels are
//           read as Vecs (channels4 = C / 4).
// A thread  One thread computes tileRows * STRIDE_H rows of TILE_W inputs (a multiple of STRIDE_W) for one Vec of
//           channels. It walks down dy and loads each pixel above its tile once. Each row of dy contributes to KERNEL_H
//           rows of dx, through different taps; the first STRIDE_H of their sums are then complete and stored, and the
//           others shift up. The taps therefore stay in registers, every index is a constant, and no tap is tested in
//           vain. The host unrolls the loops with constant bounds (gpu/unroll.ts), so that the arrays become registers.
// Bytes     4 * C * (N * outHeight * outWidth + KERNEL_H * KERNEL_W + N * height * width).
// Reference tests/reference/tape/convolution.ts

// The host replaces Vec by f32 if the number of channels is not a multiple of four.
alias Vec = vec4<f32>;
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const PAD_TOP = 1u;
const PAD_LEFT = 1u;
const TILE_W = 4u;
const SKIPS = 1u; // 0 to treat rows below dy as zeros instead of skipping them, see below
const TAPS_LOOP = 0u; // 1 to load the taps in a loop, since LLVM needs long to compile every load
const LIFT_W = (max(KERNEL_W - 1u, PAD_LEFT) - PAD_LEFT) / STRIDE_W;
// the pixels of dy above a tile start LIFT_W left of w / STRIDE_W
const COLUMNS = LIFT_W + (TILE_W - 1u + PAD_LEFT) / STRIDE_W + 1u;
const DEPTH = (KERNEL_H + STRIDE_H - 1u) / STRIDE_H;
const HELD = DEPTH * STRIDE_H; // rows of dx with incomplete sums

struct Params {
  height: u32,
  width: u32,
  channels4: u32,
  outHeight: u32,
  outWidth: u32,
  tileRows: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dx: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((n * tilesDown + tileDown) * tilesAcross + tileAcross) * channels4 + channel4
  let across = (params.width + TILE_W - 1u) / TILE_W;
  // rows of dx form groups of STRIDE_H: group g starts at row g * STRIDE_H - PAD_TOP and is complete after row g of dy
  let groupsDown = (params.height + PAD_TOP + STRIDE_H - 1u) / STRIDE_H;
  let down = (groupsDown + params.tileRows - 1u) / params.tileRows;
  let channel4 = i % params.channels4;
  let tile = i / params.channels4;
  let w = tile % across * TILE_W;
  let first = tile / across % down * params.tileRows;
  let n = tile / (across * down);
  let left = w / STRIDE_W - LIFT_W; // wraps to a huge u32 left of dy

  var place: array<u32, COLUMNS>;
  var isInside: array<bool, COLUMNS>;
  for (var c = 0u; c < COLUMNS; c++) {
    isInside[c] = left + c < params.outWidth;
    place[c] = min(left + c, params.outWidth - 1u) * params.channels4 + channel4;
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

  var sum: array<Vec, HELD * TILE_W>;
  var pixel: array<Vec, COLUMNS>;
  let end = min(first + params.tileRows, groupsDown);
  for (var oh = max(first, DEPTH - 1u) + 1u - DEPTH; oh < end; oh++) {
    // A driver that executes both branches of every `if` would have to select all sums afterwards. WGSL clamps an index past
    // the end.
    if (SKIPS == 0u || oh < params.outHeight) {
      let row = (n * params.outHeight + oh) * params.outWidth * params.channels4;
      for (var c = 0u; c < COLUMNS; c++) { pixel[c] = select(Vec(0.0), dy[row + place[c]], oh < params.outHeight && isInside[c]); }
      for (var kh = 0u; kh < KERNEL_H; kh++) {
        for (var b = 0u; b < TILE_W; b++) {
          var s = sum[kh * TILE_W + b];
          // column c of dy contributes to pixel b through tap kw = b + PAD_LEFT - STRIDE_W * (c - LIFT_W)
          for (var kw = (b + PAD_LEFT) % STRIDE_W; kw < KERNEL_W; kw += STRIDE_W) {
            s = fma(pixel[(b + PAD_LEFT + STRIDE_W * LIFT_W - kw) / STRIDE_W], tap[kh * KERNEL_W + kw], s);
          }
          sum[kh * TILE_W + b] = s;
        }
      }
    }
    if (oh >= first) {
      for (var r = 0u; r < STRIDE_H; r++) {
        let h = oh * STRIDE_H + r - PAD_TOP; // wraps above the image
        if (h < params.height) {
          let row = (n * params.height + h) * params.width + w;
          for (var b = 0u; b < TILE_W; b++) {
            if (w + b < params.width) { dx[(row + b) * params.channels4 + channel4] = sum[r * TILE_W + b]; }
          }
        }
      }
    }
    for (var t = 0u; t < (DEPTH - 1u) * STRIDE_H; t++) {
      for (var b = 0u; b < TILE_W; b++) { sum[t * TILE_W + b] = sum[(t + STRIDE_H) * TILE_W + b]; }
    }
    for (var t = (DEPTH - 1u) * STRIDE_H; t < HELD; t++) {
      for (var b = 0u; b < TILE_W; b++) { sum[t * TILE_W + b] = Vec(0.0); }
    }
  }
}
