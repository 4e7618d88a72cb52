// Gradient of the depthwise convolution by its input, as a gather:
//   dx[n, h, w, c] = sum over kh, kw of dy[n, (h + padTop - kh) / STRIDE_H, (w + padLeft - kw) / STRIDE_W, c] * weight[kh, kw, c]
// over those taps for which both divisions are exact and the pixel of dy exists.
//
//   dx [N, height, width, C]   weight [KERNEL_H, KERNEL_W, C]   dy [N, outHeight, outWidth, C]
//
// Inputs that lie STRIDE_W apart meet the same taps, one output further on. One thread makes four such
// inputs for one Lane of channels and slides a window of four registers of dy backwards: no tap is
// tried in vain, and a pixel of dy is loaded once a kernel row.
// Must move: 4 * C * (N * outHeight * outWidth + KERNEL_H * KERNEL_W + N * height * width) bytes.
// The host puts f32 for Lane where the channels are not a multiple of four.
alias Lane = vec4<f32>;
override KERNEL_H: u32 = 3u;
override KERNEL_W: u32 = 3u;
override STRIDE_H: u32 = 1u;
override STRIDE_W: u32 = 1u;

struct Params {
  height: u32,
  width: u32,
  lanes: u32,
  outHeight: u32,
  outWidth: u32,
  padTop: u32,
  padLeft: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;
@group(0) @binding(2) var<storage, read> weight: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

// A pixel of the row of dy that starts at pixel `row`; zero outside (left of 0 wraps to a huge u32).
fn pixel(row: u32, column: u32, lane: u32) -> Lane {
  let value = dy[(row + min(column, params.outWidth - 1u)) * params.lanes + lane];
  return select(Lane(0.0), value, column < params.outWidth);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = (((n * height + h) * tilesAcross + tile) * STRIDE_W + phase) * lanes + lane
  let across = (params.width + 4u * STRIDE_W - 1u) / (4u * STRIDE_W);
  let lane = i % params.lanes;
  let phase = i / params.lanes % STRIDE_W;
  let tile = i / (params.lanes * STRIDE_W) % across;
  let inRow = i / (params.lanes * STRIDE_W * across);
  let n = inRow / params.height;
  let bottom = inRow % params.height + params.padTop;
  let firstTap = (phase + params.padLeft) % STRIDE_W;
  let right = (phase + params.padLeft) / STRIDE_W + tile * 4u;

  var sum0 = Lane(0.0);
  var sum1 = Lane(0.0);
  var sum2 = Lane(0.0);
  var sum3 = Lane(0.0);
  for (var kh = bottom % STRIDE_H; kh < KERNEL_H && kh <= bottom; kh += STRIDE_H) {
    let oh = (bottom - kh) / STRIDE_H;
    if (oh >= params.outHeight) { continue; }
    let row = (n * params.outHeight + oh) * params.outWidth;
    var column = right;
    var g1 = pixel(row, column + 1u, lane);
    var g2 = pixel(row, column + 2u, lane);
    var g3 = pixel(row, column + 3u, lane);
    for (var kw = firstTap; kw < KERNEL_W; kw += STRIDE_W) {
      let g0 = pixel(row, column, lane);
      let tap = weight[(kh * KERNEL_W + kw) * params.lanes + lane];
      sum0 += g0 * tap;
      sum1 += g1 * tap;
      sum2 += g2 * tap;
      sum3 += g3 * tap;
      g3 = g2;
      g2 = g1;
      g1 = g0;
      column -= 1u;
    }
  }

  let first = tile * 4u * STRIDE_W + phase;
  let step = STRIDE_W * params.lanes;
  let at = (inRow * params.width + first) * params.lanes + lane;
  if (first < params.width) { dx[at] = sum0; }
  if (first + STRIDE_W < params.width) { dx[at + step] = sum1; }
  if (first + 2u * STRIDE_W < params.width) { dx[at + 2u * step] = sum2; }
  if (first + 3u * STRIDE_W < params.width) { dx[at + 3u * step] = sum3; }
}
