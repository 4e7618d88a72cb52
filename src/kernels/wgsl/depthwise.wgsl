// Depthwise convolution, NHWC:
//   y[n, oh, ow, c] = bias[c] + sum over kh, kw of x[n, oh * STRIDE_H + kh - padTop, ow * STRIDE_W + kw - padLeft, c] * weight[kh, kw, c]
//
//   x [N, height, width, C]   weight [KERNEL_H, KERNEL_W, C]   y [N, outHeight, outWidth, C]   lanes = C / 4
//
// One thread makes four outputs side by side for one Lane of channels. Taps that lie STRIDE_W apart
// see the same pixels one output further on, so each phase (kw mod STRIDE_W) slides a window of four
// registers along the row: a pixel is loaded once a kernel row, not once a tap.
// Must move: 4 * C * (N * height * width + KERNEL_H * KERNEL_W + N * outHeight * outWidth) bytes.
// The host puts f32 for Lane where the channels are not a multiple of four.
alias Lane = vec4<f32>;
override KERNEL_H: u32 = 3u;
override KERNEL_W: u32 = 3u;
override STRIDE_H: u32 = 1u;
override STRIDE_W: u32 = 1u;
override HAS_BIAS: bool = false;

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
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> weight: array<Lane>;
@group(0) @binding(3) var<storage, read> bias: array<Lane>;
@group(0) @binding(4) var<storage, read_write> y: array<Lane>;

// A pixel of the row that starts at pixel `row`; zero outside (a column left of 0 wraps to a huge u32).
fn pixel(row: u32, column: u32, lane: u32) -> Lane {
  let value = x[(row + min(column, params.width - 1u)) * params.lanes + lane];
  return select(Lane(0.0), value, column < params.width);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((n * outHeight + oh) * tilesAcross + tile) * lanes + lane
  let across = (params.outWidth + 3u) / 4u;
  let lane = i % params.lanes;
  let ow = i / params.lanes % across * 4u;
  let outRow = i / (params.lanes * across);
  let n = outRow / params.outHeight;
  let top = outRow % params.outHeight * STRIDE_H;
  let left = ow * STRIDE_W - params.padLeft;

  var sum0 = Lane(0.0);
  if (HAS_BIAS) { sum0 = bias[lane]; }
  var sum1 = sum0;
  var sum2 = sum0;
  var sum3 = sum0;
  // only the kernel rows that meet the image
  let firstTap = max(top, params.padTop) - top;
  let endTap = min(top + KERNEL_H, params.height + params.padTop) - min(top, params.height + params.padTop);
  for (var kh = firstTap; kh < endTap; kh++) {
    let row = (n * params.height + top + kh - params.padTop) * params.width;
    for (var phase = 0u; phase < min(STRIDE_W, KERNEL_W); phase++) {
      var column = left + phase;
      var x0 = pixel(row, column, lane);
      var x1 = pixel(row, column + STRIDE_W, lane);
      var x2 = pixel(row, column + 2u * STRIDE_W, lane);
      column += 3u * STRIDE_W;
      for (var kw = phase; kw < KERNEL_W; kw += STRIDE_W) {
        let x3 = pixel(row, column, lane);
        let tap = weight[(kh * KERNEL_W + kw) * params.lanes + lane];
        sum0 += x0 * tap;
        sum1 += x1 * tap;
        sum2 += x2 * tap;
        sum3 += x3 * tap;
        x0 = x1;
        x1 = x2;
        x2 = x3;
        column += STRIDE_W;
      }
    }
  }

  let at = (outRow * params.outWidth + ow) * params.lanes + lane;
  let room = params.outWidth - ow;
  y[at] = sum0;
  if (room > 1u) { y[at + params.lanes] = sum1; }
  if (room > 2u) { y[at + 2u * params.lanes] = sum2; }
  if (room > 3u) { y[at + 3u * params.lanes] = sum3; }
}
