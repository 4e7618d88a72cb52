// pool2d: the maximum or the mean of each window of an image.
//
//   y[n, oh, ow, c] = pool over kh, kw of x[n, oh * STRIDE_H + kh - padTop, ow * STRIDE_W + kw - padLeft, c]
//   maximum: padding is ignored;  average: padding counts as zeros, the divisor is always KERNEL_H * KERNEL_W
//
// Layouts   x: [N, height, width, C]; y, at: [N, outHeight, outWidth, C].
//           at = kh * KERNEL_W + kw of the first maximum (written only by the maximum).
// A thread  One thread pools one window of one Vec of channels.
// Bytes     Reads 4 bytes per value of x (overlapping windows read from cache), writes 4 per value of y.
// Reference tests/reference/ops/pool.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Index = vec4<u32>; // u32 if Vec is f32
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override MAXIMUM: bool = true;
override KERNEL_H: u32 = 2u;
override KERNEL_W: u32 = 2u;
override STRIDE_H: u32 = 2u;
override STRIDE_W: u32 = 2u;

struct Params {
  height: u32, width: u32, channels4: u32, outHeight: u32, outWidth: u32, padTop: u32, padLeft: u32, count: u32
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(0) @binding(3) var<storage, read_write> at: array<Index>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let pixel = i / params.channels4;
  let n = pixel / (params.outWidth * params.outHeight);
  let top = pixel / params.outWidth % params.outHeight * STRIDE_H;
  let left = pixel % params.outWidth * STRIDE_W;
  // the rows and columns of the window that are inside the image; there is always at least one
  let rows = vec2u(max(top, params.padTop), min(top + KERNEL_H, params.height + params.padTop));
  let columns = vec2u(max(left, params.padLeft), min(left + KERNEL_W, params.width + params.padLeft));

  let corner = (n * params.height + rows.x - params.padTop) * params.width + columns.x - params.padLeft;
  var largest = x[corner * params.channels4 + channel4];
  var sum = Vec(0.0);
  var first = Index((rows.x - top) * KERNEL_W + columns.x - left);
  for (var h = rows.x; h < rows.y; h++) {
    let row = (n * params.height + h - params.padTop) * params.width;
    for (var w = columns.x; w < columns.y; w++) {
      let value = x[(row + w - params.padLeft) * params.channels4 + channel4];
      if (MAXIMUM) {
        // a NaN is the maximum; of several the last one, as in PyTorch
        let wins = ((value > largest) & !isNan(largest)) | isNan(value);
        first = select(first, Index((h - top) * KERNEL_W + w - left), wins);
        largest = select(largest, value, wins);
      } else {
        sum += value;
      }
    }
  }
  if (MAXIMUM) {
    y[i] = largest;
    at[i] = first;
  } else {
    y[i] = sum / f32(KERNEL_H * KERNEL_W);
  }
}
