// pool2d: the maximum or the mean of each window of an image.
//
//   y[n, oh, ow, c] = pool over kh, kw of
//     x[n, oh * STRIDE_H + kh * DILATION_H - padTop, ow * STRIDE_W + kw * DILATION_W - padLeft, c]
//   maximum: pixels outside the image are ignored; minus infinity if all are
//   average: pixels outside count as zeros. The divisor is DIVISOR if that is not 0, else the number of pixels under the
//   window, including the padding if COUNT_PAD. Beyond the padding, where rounding up places a window, none is counted.
//   ADAPTIVE: the rows of window oh are floor(oh * height / outHeight) to ceil((oh + 1) * height / outHeight) - 1, and the
//   columns likewise; kernel, stride, dilation and padding are ignored.
//
// Layouts   x: [N, height, width, C]; y, at: [N, outHeight, outWidth, C].
//           at = h * width + w of the first maximum (written only by the maximum).
// A thread  One thread pools one window of one Vec of channels.
// Bytes     Reads 4 bytes per value of x (overlapping windows read from cache), writes 4 per value of y.
// Reference tests/reference/ops/pool.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Index = vec4<u32>; // u32 if Vec is f32
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override MAXIMUM: bool = true;
override ADAPTIVE: bool = false;
override COUNT_PAD: bool = true;
override DIVISOR: u32 = 0u;
override KERNEL_H: u32 = 2u;
override KERNEL_W: u32 = 2u;
override STRIDE_H: u32 = 2u;
override STRIDE_W: u32 = 2u;
override DILATION_H: u32 = 1u;
override DILATION_W: u32 = 1u;
const NOWHERE = 0xffffffffu;

struct Params {
  height: u32, width: u32, channels4: u32, outHeight: u32, outWidth: u32, padTop: u32, padLeft: u32, count: u32
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(0) @binding(3) var<storage, read_write> at: array<Index>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// First pixel and last pixel + 1 of a window along an axis of the padded image, and the end that the divisor counts.
fn extent(o: u32, stride: u32, reach: u32, size: u32, out: u32, pad: u32) -> vec3u {
  if (ADAPTIVE) {
    let end = ((o + 1u) * size + out - 1u) / out;
    return vec3u(o * size / out, end, end);
  }
  return vec3u(o * stride, o * stride + reach, min(o * stride + reach, size + 2u * pad));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let pixel = i / params.channels4;
  let n = pixel / (params.outWidth * params.outHeight);
  let oh = pixel / params.outWidth % params.outHeight;
  let ow = pixel % params.outWidth;
  let rows = extent(oh, STRIDE_H, (KERNEL_H - 1u) * DILATION_H + 1u, params.height, params.outHeight, params.padTop);
  let columns = extent(ow, STRIDE_W, (KERNEL_W - 1u) * DILATION_W + 1u, params.width, params.outWidth, params.padLeft);

  // minus infinity, for which WGSL has no literal
  var largest = bitcast<Vec>(Bits(0xff800000u | (params.count & 0u)));
  var sum = Vec(0.0);
  var parts = Vec(0.0);
  var length = 0u;
  var first = Index(NOWHERE);
  for (var r = rows.x; r < rows.y; r += DILATION_H) {
    let h = r - params.padTop; // wraps to a huge u32 above the image
    if (h >= params.height) { continue; }
    for (var c = columns.x; c < columns.y; c += DILATION_W) {
      let w = c - params.padLeft;
      if (w >= params.width) { continue; }
      let value = x[((n * params.height + h) * params.width + w) * params.channels4 + channel4];
      if (MAXIMUM) {
        // NaN is treated as the maximum; of several NaNs, the last one is chosen, as in PyTorch
        let wins = ((value > largest) & !isNan(largest)) | isNan(value) | (first == Index(NOWHERE));
        first = select(first, Index(h * params.width + w), wins);
        largest = select(largest, value, wins);
      } else {
        sum += value;
      }
    }
    // a long sum is split into parts, because each addition rounds it
    length += columns.y - columns.x;
    if (length >= 512u) {
      parts += sum;
      sum = Vec(0.0);
      length = 0u;
    }
  }
  if (MAXIMUM) {
    y[i] = largest;
    at[i] = first;
    return;
  }
  var counted = (rows.z - rows.x) * (columns.z - columns.x);
  if (!COUNT_PAD) {
    let inside = min(vec2u(rows.y - params.padTop, columns.y - params.padLeft), vec2u(params.height, params.width));
    counted = (inside.x + params.padTop - max(rows.x, params.padTop)) * (inside.y + params.padLeft - max(columns.x, params.padLeft));
  }
  if (DIVISOR > 0u) { counted = DIVISOR; }
  y[i] = (parts + sum) / f32(counted);
}
