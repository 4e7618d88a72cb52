// Gradient of the depthwise convolution by its weight, cut into chunks of output rows:
//   partial[chunk, kh, kw, c] = sum over the chunk's (n, oh) and all ow of
//     x[n, oh * STRIDE_H + kh - padTop, ow * STRIDE_W + kw - padLeft, c] * dy[n, oh, ow, c]
// (sum_partials adds the chunks)
//
//   x [N, height, width, C]   dy [N, outHeight, outWidth, C]   partial [chunks, KERNEL_H, KERNEL_W, C]
//
// One thread takes one kernel row kh, TAPS (3 or 5) neighbouring kw, one Lane of channels and one chunk.
// It walks along the row with TAPS sums and a sliding window of TAPS pixels in registers: a step loads
// one pixel of dy and STRIDE_W of x, for TAPS multiply-adds. A kernel wider than five takes several
// such threads a row. The order of addition is fixed, so are the bits.
// Must move: 4 * C * (N * height * width + N * outHeight * outWidth + chunks * KERNEL_H * KERNEL_W) bytes.
// The host puts f32 for Lane where the channels are not a multiple of four.
alias Lane = vec4<f32>;
override KERNEL_H: u32 = 3u;
override KERNEL_W: u32 = 3u;
override STRIDE_H: u32 = 1u;
override STRIDE_W: u32 = 1u;
override TAPS: u32 = 3u;

struct Params {
  height: u32,
  width: u32,
  lanes: u32,
  outHeight: u32,
  outWidth: u32,
  padTop: u32,
  padLeft: u32,
  rows: u32,
  chunkRows: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read_write> partial: array<Lane>;

// A pixel of the row that starts at pixel `row`; zero outside (a column left of 0 wraps to a huge u32).
fn pixel(row: u32, column: u32, lane: u32) -> Lane {
  let value = x[(row + min(column, params.width - 1u)) * params.lanes + lane];
  return select(Lane(0.0), value, column < params.width);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((chunk * KERNEL_H + kh) * tapTiles + tapTile) * lanes + lane
  let tapTiles = (KERNEL_W + TAPS - 1u) / TAPS;
  let lane = i % params.lanes;
  let kw = i / params.lanes % tapTiles * TAPS;
  let kh = i / (params.lanes * tapTiles) % KERNEL_H;
  let chunk = i / (params.lanes * tapTiles * KERNEL_H);

  var sum0 = Lane(0.0);
  var sum1 = Lane(0.0);
  var sum2 = Lane(0.0);
  var sum3 = Lane(0.0);
  var sum4 = Lane(0.0);
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  for (var outRow = chunk * params.chunkRows; outRow < end; outRow++) {
    let ih = outRow % params.outHeight * STRIDE_H + kh - params.padTop;
    if (ih >= params.height) { continue; }
    let row = (outRow / params.outHeight * params.height + ih) * params.width;
    var column = kw - params.padLeft;
    var x0 = pixel(row, column, lane);
    var x1 = pixel(row, column + 1u, lane);
    var x2 = pixel(row, column + 2u, lane);
    var x3 = Lane(0.0);
    var x4 = Lane(0.0);
    if (TAPS > 3u) {
      x3 = pixel(row, column + 3u, lane);
      x4 = pixel(row, column + 4u, lane);
    }
    for (var ow = 0u; ow < params.outWidth; ow++) {
      let g = dy[(outRow * params.outWidth + ow) * params.lanes + lane];
      sum0 += x0 * g;
      sum1 += x1 * g;
      sum2 += x2 * g;
      if (TAPS > 3u) {
        sum3 += x3 * g;
        sum4 += x4 * g;
      }
      // slide the window: keep what the next step sees again, load the rest
      column += STRIDE_W;
      if (STRIDE_W == 1u) {
        x0 = x1;
        x1 = x2;
        x2 = x3;
        x3 = x4;
      } else if (STRIDE_W == 2u) {
        x0 = x2;
        x1 = x3;
        x2 = x4;
      }
      if (STRIDE_W > 2u) { x0 = pixel(row, column, lane); }
      if (STRIDE_W > 2u || (TAPS == 3u && STRIDE_W == 2u)) { x1 = pixel(row, column + 1u, lane); }
      if (STRIDE_W > 2u || TAPS == 3u) { x2 = pixel(row, column + 2u, lane); }
      if (TAPS > 3u) {
        if (STRIDE_W > 1u) { x3 = pixel(row, column + 3u, lane); }
        x4 = pixel(row, column + 4u, lane);
      }
    }
  }

  let at = ((chunk * KERNEL_H + kh) * KERNEL_W + kw) * params.lanes + lane;
  let room = KERNEL_W - kw;
  partial[at] = sum0;
  if (room > 1u) { partial[at + params.lanes] = sum1; }
  if (room > 2u) { partial[at + 2u * params.lanes] = sum2; }
  if (TAPS > 3u && room > 3u) { partial[at + 3u * params.lanes] = sum3; }
  if (TAPS > 3u && room > 4u) { partial[at + 4u * params.lanes] = sum4; }
}
