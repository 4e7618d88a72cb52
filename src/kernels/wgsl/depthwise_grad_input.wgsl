// depthwise_grad_input: the gradient of the depthwise convolution by its input, as a gather.
//
//   dx[n, h, w, c] = sum over kh, kw of
//     dy[n, (h + PAD_TOP - kh) / STRIDE_H, (w + PAD_LEFT - kw) / STRIDE_W, c] * weight[kh, kw, c]
//   over those taps for which both divisions are exact and the pixel of dy exists
//
// Layouts   dx: [N, height, width, C]. weight: [KERNEL_H, KERNEL_W, C]. dy: [N, outHeight, outWidth, C]. Channels are
//           read in Lanes (lanes = C / 4).
// A thread  makes a tile of TILE_H x TILE_W inputs (multiples of the strides) for one Lane of channels. A tile starts at
//           a multiple of the stride, so the taps that meet a pixel of it are known beforehand and none along the width
//           is tried in vain. A pixel of dy is loaded once a thread. The host writes out the loops whose bounds are
//           constants (gpu/unroll.ts), so the arrays become registers.
// Bytes     4 * C * (N * outHeight * outWidth + KERNEL_H * KERNEL_W + N * height * width).

// The host puts f32 for Lane where the channels are not a multiple of four.
alias Lane = vec4<f32>;
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const PAD_TOP = 1u;
const PAD_LEFT = 1u;
const TILE_H = 2u;
const TILE_W = 4u;
const LIFT_H = (max(KERNEL_H - 1u, PAD_TOP) - PAD_TOP) / STRIDE_H;
const LIFT_W = (max(KERNEL_W - 1u, PAD_LEFT) - PAD_LEFT) / STRIDE_W;
// the pixels of dy around a tile begin LIFT above and left of its own place, h / STRIDE_H and w / STRIDE_W
const ROWS = LIFT_H + (TILE_H - 1u + PAD_TOP) / STRIDE_H + 1u;
const COLUMNS = LIFT_W + (TILE_W - 1u + PAD_LEFT) / STRIDE_W + 1u;

struct Params {
  height: u32,
  width: u32,
  lanes: u32,
  outHeight: u32,
  outWidth: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;
@group(0) @binding(2) var<storage, read> weight: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((n * tilesDown + tileDown) * tilesAcross + tileAcross) * lanes + lane
  let across = (params.width + TILE_W - 1u) / TILE_W;
  let down = (params.height + TILE_H - 1u) / TILE_H;
  let lane = i % params.lanes;
  let tile = i / params.lanes;
  let w = tile % across * TILE_W;
  let h = tile / across % down * TILE_H;
  let n = tile / (across * down);
  let left = w / STRIDE_W - LIFT_W; // left of dy it wraps to a huge u32

  var place: array<u32, COLUMNS>;
  var isInside: array<bool, COLUMNS>;
  for (var c = 0u; c < COLUMNS; c++) {
    isInside[c] = left + c < params.outWidth;
    place[c] = min(left + c, params.outWidth - 1u) * params.lanes + lane;
  }
  var sum: array<Lane, TILE_H * TILE_W>;
  var pixel: array<Lane, COLUMNS>;
  var tap: array<Lane, KERNEL_W>;
  // the rows of dy that meet the tile; row `a` of the tile meets it by tap kh = h + a + PAD_TOP - oh * STRIDE_H
  let middle = h / STRIDE_H;
  let end = min(middle + ROWS - LIFT_H, params.outHeight);
  for (var oh = max(middle, LIFT_H) - LIFT_H; oh < end; oh++) {
    let row = (n * params.outHeight + oh) * params.outWidth * params.lanes;
    for (var c = 0u; c < COLUMNS; c++) { pixel[c] = select(Lane(0.0), dy[row + place[c]], isInside[c]); }
    for (var a = 0u; a < TILE_H; a++) {
      let kh = h + a + PAD_TOP - oh * STRIDE_H; // below 0 it wraps
      if (kh < KERNEL_H) {
        for (var kw = 0u; kw < KERNEL_W; kw++) { tap[kw] = weight[(kh * KERNEL_W + kw) * params.lanes + lane]; }
        for (var b = 0u; b < TILE_W; b++) {
          var s = sum[a * TILE_W + b];
          // column c of dy meets pixel b by tap kw = b + PAD_LEFT - STRIDE_W * (c - LIFT_W)
          for (var kw = (b + PAD_LEFT) % STRIDE_W; kw < KERNEL_W; kw += STRIDE_W) {
            s = fma(pixel[(b + PAD_LEFT + STRIDE_W * LIFT_W - kw) / STRIDE_W], tap[kw], s);
          }
          sum[a * TILE_W + b] = s;
        }
      }
    }
  }

  for (var a = 0u; a < TILE_H; a++) {
    for (var b = 0u; b < TILE_W; b++) {
      if (h + a < params.height && w + b < params.width) {
        dx[((n * params.height + h + a) * params.width + w + b) * params.lanes + lane] = sum[a * TILE_W + b];
      }
    }
  }
}
