// depthwise_grad_weight_partial: the gradient of the depthwise convolution with respect to its weight, split into chunks
// of tiles.
//
//   partial[chunk, kh, kw, c] = sum over the chunk's n, oh, ow of
//     x[n, oh * STRIDE_H + kh - PAD_TOP, ow * STRIDE_W + kw - PAD_LEFT, c] * dy[n, oh, ow, c]
//
// sum_partials.wgsl adds the chunks. The order of addition is fixed, so results are identical bit for bit.
//
// Layouts   x: [N, height, width, C]. dy: [N, outHeight, outWidth, C]. partial: [chunks, KERNEL_H, KERNEL_W, C].
//           Channels are read as Vecs (channels4 = C / 4).
// A thread  One thread handles one Vec of channels, ROW_TAPS neighboring rows of the kernel and one chunk of tiles, and
//           keeps one sum per tap. A tile is tileRows rows of TILE_W outputs; the thread walks down it and loads each
//           pixel of dy and of x once. Each row of x meets DEPTH rows of dy, which are kept in a window that shifts by
//           one row. The host unrolls all loops except those over tiles and rows (gpu/unroll.ts), so that the sums
//           become registers.
// Bytes     4 * C * (N * height * width + N * outHeight * outWidth + chunks * KERNEL_H * KERNEL_W).
// Reference tests/reference/tape/convolution.ts

// The host replaces Vec by f32 if the number of channels is not a multiple of four.
alias Vec = vec4<f32>;
alias Bits = vec4<u32>; // as wide as Vec
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const PAD_TOP = 1u;
const PAD_LEFT = 1u;
const TILE_W = 4u;
const ROW_TAPS = 3u; // divides KERNEL_H
const COLUMNS = (TILE_W - 1u) * STRIDE_W + KERNEL_W; // pixels of x under a row of the tile
const DEPTH = (ROW_TAPS + STRIDE_H - 1u) / STRIDE_H;

struct Params {
  height: u32,
  width: u32,
  channels4: u32,
  outHeight: u32,
  outWidth: u32,
  tileRows: u32,
  tiles: u32,
  chunkTiles: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read_write> partial: array<Vec>;

// tests for NaN and infinity by the exponent's bits, since compilers may assume that such numbers do not occur
fn isFinite(v: Vec) -> bool { return all((bitcast<Bits>(v) & Bits(0x7f800000u)) != Bits(0x7f800000u)); }

// One tap's sum over the pairs of pixels that exist. The fast loops below put 0 in place of missing pixels, and 0 times an
// infinite number is NaN.
fn sumOfTap(channel4: u32, kh: u32, kw: u32, first: u32, end: u32) -> Vec {
  let across = (params.outWidth + TILE_W - 1u) / TILE_W;
  let down = (params.outHeight + params.tileRows - 1u) / params.tileRows;
  var s = Vec(0.0);
  for (var tile = first; tile < end; tile++) {
    let top = tile / across % down * params.tileRows;
    let n = tile / (across * down);
    for (var oh = top; oh < min(top + params.tileRows, params.outHeight); oh++) {
      let h = oh * STRIDE_H + kh - PAD_TOP; // above the image it wraps
      if (h >= params.height) { continue; }
      for (var ow = tile % across * TILE_W; ow < min(tile % across * TILE_W + TILE_W, params.outWidth); ow++) {
        let w = ow * STRIDE_W + kw - PAD_LEFT;
        if (w >= params.width) { continue; }
        let pixel = x[((n * params.height + h) * params.width + w) * params.channels4 + channel4];
        s = fma(pixel, dy[((n * params.outHeight + oh) * params.outWidth + ow) * params.channels4 + channel4], s);
      }
    }
  }
  return s;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = (chunk * (KERNEL_H / ROW_TAPS) + band) * channels4 + channel4
  let channel4 = i % params.channels4;
  let firstRow = i / params.channels4 % (KERNEL_H / ROW_TAPS) * ROW_TAPS;
  let chunk = i / (params.channels4 * (KERNEL_H / ROW_TAPS));
  let across = (params.outWidth + TILE_W - 1u) / TILE_W;
  let down = (params.outHeight + params.tileRows - 1u) / params.tileRows;

  var sum: array<Vec, ROW_TAPS * KERNEL_W>;
  var grad: array<Vec, DEPTH * TILE_W>; // row d is row oh - d of dy
  var pixel: array<Vec, COLUMNS>;
  // the first row of y for which all rows of x are below the image
  let below = (max(params.height + PAD_TOP, firstRow) - firstRow + STRIDE_H - 1u) / STRIDE_H;
  let end = min(params.tiles, (chunk + 1u) * params.chunkTiles);
  for (var tile = chunk * params.chunkTiles; tile < end; tile++) {
    let ow = tile % across * TILE_W;
    let top = tile / across % down * params.tileRows;
    let n = tile / (across * down);
    let left = ow * STRIDE_W - PAD_LEFT; // wraps to a huge u32 left of the image
    let bottom = min(top + params.tileRows, params.outHeight);
    for (var t = 0u; t < DEPTH * TILE_W; t++) { grad[t] = Vec(0.0); }
    for (var oh = top; oh < min(bottom + DEPTH - 1u, below); oh++) {
      let dyRow = (n * params.outHeight + min(oh, params.outHeight - 1u)) * params.outWidth;
      for (var b = 0u; b < TILE_W; b++) {
        let g = dy[(dyRow + min(ow + b, params.outWidth - 1u)) * params.channels4 + channel4];
        grad[b] = select(Vec(0.0), g, oh < bottom && ow + b < params.outWidth);
      }
      // the rows of x that contribute to row oh of dy and to no earlier row
      for (var r = 0u; r < min(STRIDE_H, ROW_TAPS); r++) {
        let h = oh * STRIDE_H + firstRow + r - PAD_TOP; // wraps above the image
        if (h < params.height) {
          let row = (n * params.height + h) * params.width;
          for (var c = 0u; c < COLUMNS; c++) {
            let value = x[(row + min(left + c, params.width - 1u)) * params.channels4 + channel4];
            pixel[c] = select(Vec(0.0), value, left + c < params.width);
          }
          for (var k = r; k < ROW_TAPS; k += STRIDE_H) {
            for (var kw = 0u; kw < KERNEL_W; kw++) {
              var s = sum[k * KERNEL_W + kw];
              for (var b = 0u; b < TILE_W; b++) { s = fma(pixel[b * STRIDE_W + kw], grad[k / STRIDE_H * TILE_W + b], s); }
              sum[k * KERNEL_W + kw] = s;
            }
          }
        }
      }
      for (var d = 1u; d < DEPTH; d++) {
        for (var b = 0u; b < TILE_W; b++) { grad[(DEPTH - d) * TILE_W + b] = grad[(DEPTH - d - 1u) * TILE_W + b]; }
      }
    }
  }

  let at = (chunk * KERNEL_H + firstRow) * KERNEL_W * params.channels4 + channel4;
  var allFinite = true;
  for (var t = 0u; t < ROW_TAPS * KERNEL_W; t++) {
    partial[at + t * params.channels4] = sum[t];
    allFinite = allFinite && isFinite(sum[t]);
  }
  if (allFinite) { return; }
  let taps = select(0u, ROW_TAPS * KERNEL_W, params.count > 0u); // not a constant, so that the loop is not unrolled
  for (var t = 0u; t < taps; t++) {
    partial[at + t * params.channels4] = sumOfTap(channel4, firstRow + t / KERNEL_W, t % KERNEL_W, chunk * params.chunkTiles, end);
  }
}
