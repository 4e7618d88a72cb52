// Depthwise convolution, NHWC:
//   y[n, oh, ow, c] = bias[c] + sum over kh, kw of x[n, oh * STRIDE_H + kh - padTop, ow * STRIDE_W + kw - padLeft, c] * weight[kh, kw, c]
//
//   x [N, height, width, C]   weight [KERNEL_H, KERNEL_W, C]   y [N, outHeight, outWidth, C]   lanes = C / 4
//
// One thread makes four outputs side by side for one Lane of channels. Taps that lie STRIDE_W apart
// see the same pixels one output further on, so each phase (kw mod STRIDE_W) slides a window of four
// registers along the row: a pixel is loaded once a kernel row, not once a tap.
// At inference the batch norm that follows rides along (NORM: bias is its beta), and so do the activation:
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta)
// Must move: 4 * C * (N * height * width + KERNEL_H * KERNEL_W + N * outHeight * outWidth) bytes.
// The host puts f32 for Lane where the channels are not a multiple of four.
alias Lane = vec4<f32>;
override KERNEL_H: u32 = 3u;
override KERNEL_W: u32 = 3u;
override STRIDE_H: u32 = 1u;
override STRIDE_W: u32 = 1u;
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid

struct Params {
  height: u32,
  width: u32,
  lanes: u32,
  outHeight: u32,
  outWidth: u32,
  padTop: u32,
  padLeft: u32,
  count: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> weight: array<Lane>;
@group(0) @binding(3) var<storage, read> bias: array<Lane>;
@group(0) @binding(4) var<storage, read_write> y: array<Lane>;
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

// The sum as it is stored: normalised and activated where that rides along.
fn finish(sum: Lane, lane: u32) -> Lane {
  if (!NORM) { return activate(sum); }
  let scale = gamma[lane] / sqrt(variance[lane] + Lane(params.eps));
  return activate(sum * scale + (bias[lane] - mean[lane] * scale));
}

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
  if (HAS_BIAS && !NORM) { sum0 = bias[lane]; }
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
  y[at] = finish(sum0, lane);
  if (room > 1u) { y[at + params.lanes] = finish(sum1, lane); }
  if (room > 2u) { y[at + 2u * params.lanes] = finish(sum2, lane); }
  if (room > 3u) { y[at + 3u * params.lanes] = finish(sum3, lane); }
}
